# Renders pages/*.html into DIR/pages, each in layout.html, and copies assets into DIR/assets under names that change
# with their content, so that a browser may keep them for ever. VERSION is shown at the foot of every page.
#
#   VERSION=1 sh render.sh DIR
set -eu

dir=$1
version=${VERSION:-unversioned}
mkdir -p "$dir/pages" "$dir/assets"

# minify drops indentation, empty lines and comments.
minify() {
	sed -e 's/^[[:space:]]*//' -e '/^$/d' -e '/^<!--.*-->$/d' -e '/^\/\*.*\*\/$/d' "$1"
}

# names holds a line for each asset: its name in the source, and its new one.
names=$dir/names
: >"$names"
for asset in assets/*; do
	old=${asset#assets/}
	digest=$(cksum <"$asset" | cut -d ' ' -f 1)
	new=${old%.*}.$digest.${old##*.}
	minify "$asset" >"$dir/assets/$new"
	echo "$old $new" >>"$names"
done

for page in pages/*.html; do
	name=${page#pages/}
	title=$(sed -n '1s/^<!-- title: \(.*\) -->$/\1/p' "$page")
	if [ -z "$title" ]; then
		echo "$page: the first line must be <!-- title: ... -->" >&2
		exit 1
	fi
	awk -v title="$title" -v version="$version" -v page="$page" -v names="$names" '
		BEGIN { while ((getline line < names) > 0) { split(line, pair, " "); renamed[pair[1]] = pair[2] } }
		/\{\{content\}\}/ { while ((getline line < page) > 0) print line; next }
		{
			gsub(/\{\{title\}\}/, title)
			gsub(/\{\{version\}\}/, version)
			for (old in renamed) gsub("assets/" old "\"", "assets/" renamed[old] "\"")
			print
		}
	' layout.html >"$dir/page"
	minify "$dir/page" >"$dir/pages/$name"
	echo "rendered $name"
done
printf '{"version": "%s"}\n' "$version" >"$dir/pages/version.json"
