package chart
import _ "gonum.org/v1/plot"
import _ "gonum.org/v1/plot/vg/vgsvg"
