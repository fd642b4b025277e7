# Reads what `go test -bench` printed, and writes the figures that the project promises beside their bounds. The bounds
# are for a reader on a quiet machine: nothing fails here.

function row(benchmark, unit, scale, format, figure, bound) {
	rows++
	key[rows] = benchmark SUBSEP unit
	scales[rows] = scale
	formats[rows] = format
	figures[rows] = figure
	bounds[rows] = bound
}

BEGIN {
	row("BenchmarkCompile/1000_actions", "ns/op", 1e-6, "%.1f ms", "compile a pipeline of 1,000 actions", "100 ms at most")
	row("BenchmarkValidate1000", "ns/op", 1e-6, "%.1f ms", "validate a machine of 1,000 states", "50 ms at most")
	row("BenchmarkChain1000", "transitions/s", 1, "%.0f transitions/s", "chain of 1,000 states, in memory", "100,000 transitions/s at least")
	row("BenchmarkChain1000Durable", "transitions/s", 1, "%.0f transitions/s", "chain of 1,000 states, durable store", "")
	row("BenchmarkEffects20Durable", "transitions/s", 1, "%.0f transitions/s", "chain of 20 Tasks, durable store", "")
	row("BenchmarkParallel50", "ns/op", 1e-6, "%.2f ms", "Parallel of 50 branches", "2 ms at most")
	row("BenchmarkMap100", "ns/op", 1e-6, "%.2f ms", "inline Map of 100 items", "")
	row("BenchmarkWaiting10000/memory_store", "MB-heap", 1, "%.0f MB", "10,000 waiting executions, heap, memory store", "1,074 MB (1 GiB) at most")
	row("BenchmarkWaiting10000/memory_store", "MB-RSS", 1, "%.0f MB", "10,000 waiting executions, whole process, memory store", "1,074 MB (1 GiB) at most")
	row("BenchmarkWaiting10000/durable_store", "MB-heap", 1, "%.0f MB", "10,000 waiting executions, heap, durable store", "1,074 MB (1 GiB) at most")
	row("BenchmarkWaiting10000/durable_store", "MB-RSS", 1, "%.0f MB", "10,000 waiting executions, whole process, durable store", "1,074 MB (1 GiB) at most")
	row("BenchmarkApproval60Days", "ns/op", 1e-6, "%.1f ms", "approval that times out after 60 days, virtual time", "100 ms at most")
	row("BenchmarkJob24Hours", "ns/op", 1e-6, "%.1f ms", "job of 24 hours, virtual time", "100 ms at most")
	row("BenchmarkMatch/exact", "events/s", 1, "%.0f events/s", "match an event with an event pattern of 3 fields", "")
	row("BenchmarkVersion", "ms-first-line", 1, "%.0f ms", "penstock --version, to its line, median of 20", "50 ms at most")
	row("BenchmarkExample", "ms-first-line", 1, "%.0f ms", "penstock run, to its first line, median of 20", "50 ms at most")
	row("BenchmarkExample", "ms-engine/action", 1, "%.1f ms", "make run, engine time an action, median of 20", "20 ms at most")
	row("BenchmarkEncrypt", "MB/s", 1, "%.0f MB/s", "encrypt and hash an artifact of 64 MiB", "")
	row("BenchmarkDecrypt", "MB/s", 1, "%.0f MB/s", "decrypt it and check its digest", "")
	row("BenchmarkReadEncrypted", "MB/s", 1, "%.0f MB/s", "read it, verified", "")
	row("BenchmarkTree", "times-as-fast", 1, "%.1f times as fast", "zip, hash and encrypt 1 GiB, to zip -1", "1 times at least")
	row("BenchmarkTree", "times-as-large", 1, "%.2f times as large", "the artifact of it, to the zip of zip -1", "1.1 times at most")
	row("BenchmarkTree", "MiB-pack", 1, "%.0f MiB", "packing 1 GiB, whole process, peak", "64 MiB at most")
	row("BenchmarkTree", "MiB-unpack", 1, "%.0f MiB", "checking and unpacking 1 GiB, whole process, peak", "64 MiB at most")
	row("BenchmarkObject", "MiB-heap", 1, "%.0f MiB", "putting 1 GiB into S3 and reading it, heap, peak", "64 MiB at most")
	functions = "gate-stage fetch-source start-build deploy invoke request-approval complete-action execution-ended start-execution"
	functions = functions " receive-webhook answer-api sweep register-pipeline"
	n = split(functions, function_names, " ")
	for (f = 1; f <= n; f++) {
		started = "BenchmarkInit/" function_names[f]
		row(started, "times-empty", 1, "%.2f times as long", "start of " function_names[f] ", to that of an empty function", "1.5 times at most")
		row(started, "MiB", 1048576 / 1e6, "%.1f MB", "size of " function_names[f], "20 MB at most")
	}
	row("BenchmarkReferencePipeline", "transitions/action", 1, "%.1f", "on AWS: transitions an action, reference pipeline", "")
	row("BenchmarkReferencePipeline", "AWS-calls/action", 1, "%.0f", "on AWS: calls of AWS an action", "")
	row("BenchmarkReferencePipeline", "µ$/release", 1e-6, "$%.5f", "on AWS: a release of 10 actions and an approval", "")
	row("BenchmarkReferencePipeline", "%-of-V2", 1, "%.1f %%", "that, of CodePipeline V2's list price", "10 % at most")
}

# BenchmarkName-2  100  123 ns/op  4.5 unit ...
/^Benchmark/ {
	name = $1
	sub(/-[0-9]+$/, "", name)
	for (i = 3; i < NF; i += 2) measured[name, $(i + 1)] = $i
}

END {
	line = "%-56s  %22s  %s\n"
	printf line, "figure", "measured", "bound"
	for (i = 1; i <= rows; i++) {
		value = key[i] in measured ? sprintf(formats[i], measured[key[i]] * scales[i]) : "not measured"
		printf line, figures[i], value, bounds[i]
	}
}
