#!/usr/bin/env bash
# Draws the chart of the benchmarks: an SVG on standard output, from the table of a page.
# usage: scripts/chart.sh [PAGE]   (default: docs/benchmarks.md)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# LC_ALL: one byte is one character for every awk, and numbers have a point.
LC_ALL=C awk -F ' *[|] *' '
    # The rows that become panels, in their order: how they begin, and their heading.
    function panel(begin, heading) {
        wanted[++panels] = begin
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
    function draw(row,    left, top, place, largest, value, width, y, class) {
        left = margin + (row - 1) % across * (panel_width + gap)
        top = margin + int((row - 1) / across) * panel_height
        printf "  <text class=\"title\" x=\"%d\" y=\"%d\">%s</text>\n", left, top + 14, escaped(title[row])
        largest = 0
        for (place = 1; place <= names; place++)
            if (values[row, place] + 0 > largest) largest = values[row, place] + 0
        for (place = 1; place <= names; place++) {
            value = values[row, place]
            y = top + 22 + (place - 1) * 20
            class = place <= 2 ? "ours" : "theirs"
            width = largest > 0 ? int((value + 0) / largest * bar_width + 0.5) : 0
            printf "  <text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n", left + label_width - 6, y + 13, escaped(name[place])
            if (value ~ /^[0-9]/) {
                printf "  <rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\"/>\n", class, left + label_width, y + 2, width
            } else {
                value = "not measured"
            }
            printf "  <text class=\"value\" x=\"%d\" y=\"%d\">%s</text>\n", left + label_width + width + 5, y + 13, escaped(value)
        }
    }
    BEGIN {
        margin = 16; across = 2; gap = 24; label_width = 90; bar_width = 200
        panel_width = label_width + bar_width + 90; panel_height = 180
        panel("resident memory while idle", "resident memory while idle, kB")
        panel("start of ", "start of a program as PID 1, added \302\265s")
        panel("TERM lost 200", "TERM lost 200 \302\265s after the execution")
        panel("TERM lost 300", "TERM lost 300 \302\265s after the execution")
        panel("a signal to the child", "time of a signal to the child, \302\265s")
        panel("size, bytes", "size of the file, bytes")
    }
    /^\| \| / && !names {
        for (field = 3; field < NF; field++) {
            name[++names] = $field
            gsub(/`/, "", name[names])
        }
    }
    names && /^\|/ {
        for (row = 1; row <= panels; row++) {
            if (index($2, wanted[row]) != 1) continue
            found[row] = 1
            for (field = 3; field < NF; field++) values[row, field - 2] = number($field)
        }
    }
    END {
        for (row = 1; row <= panels; row++) {
            if (found[row]) continue
            print "error: the table has no row that begins with: " wanted[row] >"/dev/stderr"
            exit 1
        }
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
' "${1:-docs/benchmarks.md}"
