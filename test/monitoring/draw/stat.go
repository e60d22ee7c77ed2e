package main

import (
	"image/color"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kubenames/kubenames/test/monitoring/board"
)

// named is the colors that thresholds have.
var named = map[string]color.RGBA{
	"green": {0x73, 0xbf, 0x69, 0xff}, "orange": {0xff, 0x98, 0x30, 0xff}, "red": {0xf2, 0x49, 0x5c, 0xff},
}

// stats draws the last value of each line, on the color of its threshold.
func (p *page) stats(c draw.Canvas, panel board.Panel, lines []board.Line) {
	f := panel.FieldConfig.Defaults
	width := c.Size().X / vg.Length(len(lines))
	for i, l := range lines {
		at := draw.Crop(c, vg.Length(i)*width, -vg.Length(len(lines)-1-i)*width, 0, 0)
		value := l.Points[len(l.Points)-1].F
		p.box(at, reached(f, value))
		p.words(at, at.Center(), format(f.Unit, value, f.Decimals), huge, color.White, text.XCenter)
		if len(lines) > 1 {
			p.words(at, vg.Point{X: at.Center().X, Y: at.Max.Y - large}, l.Legend, small, color.White, text.XCenter)
		}
	}
}

// reached is the color of the last threshold that a value reaches.
func reached(f board.Field, value float64) color.Color {
	var c color.Color = grey
	for _, s := range f.Thresholds.Steps {
		if s.Value == nil || value >= *s.Value {
			c = named[s.Color]
		}
	}
	return c
}
