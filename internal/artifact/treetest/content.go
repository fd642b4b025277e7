package treetest

import (
	"bufio"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"strings"
)

// The contents. Each writes size bytes: its last line or record is cut off there.

// words are the vocabulary of a program: a few words are frequent and most are rare.
var words = func() []string {
	const count = 3000
	random := rand.New(rand.NewPCG(1, 1))
	all := strings.Fields("func return if err != nil { } := range for string int error var struct type context the of a is and to in")
	syllables := strings.Fields("con fig re quest path na me val ue list get set new build er or ly time out read write file size a o i u")
	for len(all) < count {
		var word strings.Builder
		for range 2 + random.IntN(3) {
			word.WriteString(syllables[random.IntN(len(syllables))])
		}
		all = append(all, word.String())
	}
	return all
}()

// text is lines of words, indented as code is. Every third line is one that stands a little further above.
func text(out *bufio.Writer, random *rand.Rand, size int64) error {
	frequent := rand.NewZipf(random, 1.25, 6, uint64(len(words)-1))
	var recent [16][]byte
	return lines(out, size, func() []byte {
		i := random.IntN(len(recent))
		if len(recent[i]) > 0 && random.IntN(3) == 0 {
			return recent[i]
		}
		line := recent[i][:0]
		line = append(line, "\t\t\t\t"[:random.IntN(4)]...)
		for range 2 + random.IntN(9) {
			line = append(append(line, words[frequent.Uint64()]...), " .,()"[random.IntN(5)])
		}
		recent[i] = append(line, '\n')
		return recent[i]
	})
}

// records are JSON objects, a line each, with the same keys and other values.
func records(out *bufio.Writer, random *rand.Rand, size int64) error {
	var line []byte
	id := random.Uint64() >> 20
	return lines(out, size, func() []byte {
		id += uint64(random.IntN(50))
		line = strconv.AppendUint(append(line[:0], `{"id":`...), id, 10)
		line = append(append(line, `,"name":"`...), words[random.IntN(len(words))]...)
		line = strconv.AppendUint(append(line, `","size":`...), uint64(random.IntN(1_000_000)), 10)
		return append(line, `,"state":"Succeeded","region":"us-east-1"}`+"\n"...)
	})
}

// code is like a program for a machine: sequences that come again and again, with addresses between them.
func code(out *bufio.Writer, random *rand.Rand, size int64) error {
	const sequences, longest = 2048, 24
	table := make([]byte, sequences*longest)
	for i := range table {
		table[i] = byte(random.ExpFloat64() * 40)
	}
	frequent := rand.NewZipf(random, 1.3, 20, sequences-1)
	var part []byte
	return lines(out, size, func() []byte {
		at := int(frequent.Uint64()) * longest
		part = append(part[:0], table[at:at+8+random.IntN(longest-8)]...)
		return binary.LittleEndian.AppendUint32(part, uint32(random.IntN(1<<10))<<4)
	})
}

// noise does not compress.
func noise(out *bufio.Writer, random *rand.Rand, size int64) error {
	var part []byte
	return lines(out, size, func() []byte {
		part = part[:0]
		for range 64 {
			part = binary.LittleEndian.AppendUint64(part, random.Uint64())
		}
		return part
	})
}

func lines(out *bufio.Writer, size int64, next func() []byte) error {
	for size > 0 {
		line := next()
		n, err := out.Write(line[:min(int64(len(line)), size)])
		if err != nil {
			return err
		}
		size -= int64(n)
	}
	return nil
}
