# Instructions by place, from callgrind's output with names and positions written out: for code of this crate the source
# file and the function in which the line stands, also where it was inlined; the library for the rest. What the standard library
# inlined into such a function counts there. Prints "place<TAB>instructions".
function functions(file,   line, n, name) {
    name = "(top)"
    while ((getline line < file) > 0) {
        n++
        if (match(line, /^ *(pub(\([a-z: ]+\))? )?(const )?fn [A-Za-z0-9_]+/)) {
            name = substr(line, RSTART, RLENGTH); sub(/.* /, "", name)
        }
        at_line[file, n] = name
    }
    close(file)
    read[file] = 1
}
function ours(file) { return match(file, /(^|\/)src\/.*\.rs$/) && file !~ /registry|rustc|library\// }
function place(file, line) {
    if (ours(file)) {
        sub(/.*\/src\//, "src/", file)
        if (!(file in read)) functions(file)
        return file " " (line > 0 ? at_line[file, line] : "(no line)")
    }
    if (match(file, /registry\/src\/[^\/]*\/[^\/]*/)) { file = substr(file, RSTART, RLENGTH); sub(/.*\//, "", file); return file }
    if (file ~ /rustc|library\//) return inside != "" ? inside : "std"
    return "system"
}
/^fl=/ { file = substr($0, 4); at = file; next }
/^f[ie]=/ { at = substr($0, 4); next }
/^fn=/ { at = file; inside = ""; next }
/^calls=/ { skip = 1; next }
/^[0-9]/ {
    if (skip) { skip = 0; next }
    p = place(at, $1)
    if (ours(at)) inside = p
    count[p] += $2
}
END { for (p in count) printf "%s\t%.0f\n", p, count[p] }
