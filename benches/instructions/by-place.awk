# Instructions by place, from callgrind's output: the source file for code of this crate (inlined code counts where it was
# written), the library for the rest. Prints "place<TAB>instructions".
function name(text,   id) {
    # "(12) text" defines, "(12)" refers.
    id = text; sub(/\).*/, "", id); sub(/^\(/, "", id)
    if (index(text, ") ")) { sub(/^\([0-9]+\) /, "", text); known[id] = text }
    return known[id]
}
function place(file) {
    if (match(file, /(^|\/)src\/.*\.rs$/) && file !~ /registry|rustc|library\//) { sub(/.*\/src\//, "src/", file); return file }
    if (match(file, /registry\/src\/[^\/]*\/[^\/]*/)) { file = substr(file, RSTART, RLENGTH); sub(/.*\//, "", file); return file }
    if (file ~ /rustc|library\//) return "std"
    return "system"
}
/^fl=/ { file = name(substr($0, 4)); at = file; next }
/^f[ie]=/ { at = name(substr($0, 4)); next }
/^cf[il]=/ { name(substr($0, 5)); next }   # a file may be named first where it is called
/^fn=/ { at = file; next }
/^calls=/ { skip = 1; next }
/^[0-9+*-]/ { if (skip) { skip = 0; next } count[place(at)] += $2 }
END { for (p in count) printf "%s\t%.0f\n", p, count[p] }
