#!/usr/bin/env bash
# Draws a chart of the benchmarks: an SVG on standard output, from a table of a page.
# usage: scripts/chart.sh init|starts [PAGE]   (default: docs/benchmarks.md)
# `init` has a column for each program and panels for some of its rows; `starts` has a row for each way to start a server and
# panels for some of its columns.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
    init | starts) ;;
    *) echo "usage: $0 init|starts [PAGE]" >&2; exit 1 ;;
esac

# LC_ALL: one byte is one character for every awk, and numbers have a point.
LC_ALL=C awk -F ' *[|] *' -v chart="$1" '
    # The rows or columns that become panels, in their order: how a row begins or which field it is, and the heading.
    function panel(what, heading) {
        wanted[++panels] = what
        title[panels] = heading
    }
    function number(text) {
        sub(/ .*/, "", text)
        return text
    }
    function escaped(text) {
        gsub(/&/, "\\&amp;", text)
        gsub(/</, "\\&lt;", text)
        return text
    }
    function is_ours(place) { return chart == "init" ? place <= 2 : name[place] !~ /, script$/ }
    function draw(row,    left, top, place, largest, value, width, y) {
        left = margin + (row - 1) % across * (panel_width + gap)
        top = margin + int((row - 1) / across) * panel_height
        printf "  <text class=\"title\" x=\"%d\" y=\"%d\">%s</text>\n", left, top + 14, escaped(title[row])
        largest = 0
        for (place = 1; place <= names; place++)
            if (values[row, place] + 0 > largest) largest = values[row, place] + 0
        for (place = 1; place <= names; place++) {
            value = values[row, place]
            y = top + 22 + (place - 1) * 20
            width = largest > 0 ? int((value + 0) / largest * bar_width + 0.5) : 0
            printf "  <text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n", left + label_width - 6, y + 13, escaped(name[place])
            if (value ~ /^[0-9]/) {
                printf "  <rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\"/>\n", is_ours(place) ? "ours" : "theirs", left + label_width, y + 2, width
            } else {
                value = "not measured"
            }
            printf "  <text class=\"value\" x=\"%d\" y=\"%d\">%s</text>\n", left + label_width + width + 5, y + 13, escaped(value)
        }
    }
    BEGIN {
        margin = 16; across = 2; gap = 24; bar_width = 200
        if (chart == "init") {
            label_width = 90
            head = "| | `init` |"
            panel("resident memory while idle", "resident memory while idle, kB")
            panel("start of ", "start of a program as PID 1, added \302\265s")
            panel("TERM lost 200", "TERM lost 200 \302\265s after the execution")
            panel("TERM lost 300", "TERM lost 300 \302\265s after the execution")
            panel("a signal to the child", "time of a signal to the child, \302\265s")
            panel("size, bytes", "size of the file, bytes")
        } else {
            label_width = 190
            head = "| server, way |"
            panel(5, "until an answer over HTTP, seconds")
            panel(6, "time of processors until then, seconds")
            panel(9, "until an answer with one processor, seconds")
            panel(7, "memory of all processes, MB")
        }
    }
    index($0, head) == 1 {
        inside = 1
        if (chart == "init")
            for (field = 3; field < NF; field++) {
                name[++names] = $field
                gsub(/`/, "", name[names])
            }
        next
    }
    !/^\|/ { inside = 0 }
    !inside || /^\|-/ { next }
    chart == "init" {
        for (row = 1; row <= panels; row++) {
            if (index($2, wanted[row]) != 1) continue
            found[row] = 1
            for (field = 3; field < NF; field++) values[row, field - 2] = number($field)
        }
    }
    chart == "starts" {
        name[++names] = $2
        for (row = 1; row <= panels; row++) {
            found[row] = 1
            values[row, names] = number($(wanted[row]))
        }
    }
    END {
        for (row = 1; row <= panels; row++) {
            if (found[row]) continue
            print "error: the page has no table with: " title[row] >"/dev/stderr"
            exit 1
        }
        panel_width = label_width + bar_width + 90
        panel_height = names * 20 + 40
        width = 2 * margin + across * panel_width + (across - 1) * gap
        height = 2 * margin + int((panels + across - 1) / across) * panel_height - 10
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", width, height, width, height
        print "  <style>"
        print "    text { font: 12px sans-serif; fill: #222222 }"
        print "    .title { font-weight: bold }"
        print "    .name { text-anchor: end }"
        print "    .ours { fill: #0b7285 }"
        print "    .theirs { fill: #adb5bd }"
        print "  </style>"
        print "  <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
        for (row = 1; row <= panels; row++) draw(row)
        print "</svg>"
    }
' "${2:-docs/benchmarks.md}"
