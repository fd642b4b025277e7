# Follows every link within the site in DIR, writes a JUnit report with a test case for each page, and fails where a
# link leads nowhere. REPORT.links holds how many were followed.
#
#   sh check-links.sh DIR REPORT
set -eu

dir=$1
report=$2
followed=0
broken=0
cases=$report.cases
: >"$cases"

# leads says whether a link of a page leads to a file, and to the part of it that it names.
leads() {
	target=${1%%#*}
	target=${target:-$2}
	[ -f "$dir/$target" ] || return 1
	case $1 in
	*#*) grep -q "id=\"${1#*#}\"" "$dir/$target" ;;
	esac
}

for page in "$dir"/*.html; do
	name=${page##*/}
	bad=
	for link in $(grep -o -E '(href|src)="[^"]*"' "$page" | cut -d '"' -f 2); do
		case $link in
		*://* | mailto:*) continue ;;
		esac
		followed=$((followed + 1))
		leads "$link" "$name" || bad="$bad $link"
	done
	if [ -n "$bad" ]; then
		broken=$((broken + 1))
		echo "$name: leads nowhere:$bad" >&2
		echo "<testcase name=\"$name\"><failure message=\"leads nowhere:$bad\"/></testcase>" >>"$cases"
	else
		echo "<testcase name=\"$name\"/>" >>"$cases"
	fi
done

{
	echo "<testsuite name=\"links\" tests=\"$(wc -l <"$cases" | tr -d ' ')\" failures=\"$broken\">"
	cat "$cases"
	echo '</testsuite>'
} >"$report"
echo "$followed" >"$report.links"
echo "$followed links followed"
[ "$broken" -eq 0 ]
