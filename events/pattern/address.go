package pattern

import (
	"net/netip"
	"strconv"
	"strings"
)

// address reads an IPv4 or IPv6 address as event-ruler does: without a zone, and without the mixed form of both. An
// IPv6 address that stands for an IPv4 address is that.
func address(s string) (netip.Addr, bool) {
	if strings.Contains(s, ".") == strings.Contains(s, ":") || strings.Contains(s, "%") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// block reads a CIDR block: an address, a slash, and how many leading bits count. As in event-ruler at least one bit
// must be free, and bits of the address that do not count may have any value.
func block(s string) (netip.Prefix, bool) {
	base, length, _ := strings.Cut(s, "/")
	a, ok := address(base)
	bits, err := strconv.Atoi(length)
	if !ok || err != nil || bits < 0 || bits >= a.BitLen() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, bits), true
}
