package main

import (
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kubenames/kubenames/test/monitoring/board"
)

// colors is Grafana's, in its order.
var colors = []color.RGBA{
	{0x73, 0xbf, 0x69, 0xff}, {0xf2, 0xcc, 0x0c, 0xff}, {0x57, 0x94, 0xf2, 0xff}, {0xff, 0x78, 0x0a, 0xff},
	{0xf2, 0x49, 0x5c, 0xff}, {0x5d, 0xa2, 0xd8, 0xff}, {0xb8, 0x77, 0xd9, 0xff}, {0x70, 0x5d, 0xa0, 0xff},
	{0x37, 0x87, 0x2d, 0xff}, {0xfa, 0xde, 0x2a, 0xff}, {0x44, 0x7e, 0xbc, 0xff}, {0xc1, 0x5c, 0x17, 0xff},
	{0x89, 0x0f, 0x02, 0xff}, {0x0a, 0x43, 0x7c, 0xff}, {0x6d, 0x1f, 0x62, 0xff}, {0x58, 0x44, 0x77, 0xff},
}

// chart draws lines over time with a legend below.
func (p *page) chart(c draw.Canvas, panel board.Panel, lines []board.Line) {
	below := p.legend(c, lines)
	pl := axes()
	stack := map[int64]float64{} // what a line stands on
	least, most := math.Inf(1), math.Inf(-1)
	for i, l := range lines {
		for _, part := range l.Parts(p.window.Step) {
			under, over := plotter.XYs{}, plotter.XYs{}
			for _, point := range part {
				x, y := p.since(point.T), 0.0
				if panel.Stacked() {
					y = stack[point.T]
					stack[point.T] += point.F
				}
				if y+point.F <= 0 && panel.Log() {
					continue
				}
				under, over = append(under, plotter.XY{X: x, Y: y}), append(over, plotter.XY{X: x, Y: y + point.F})
				least, most = min(least, y+point.F), max(most, y+point.F)
			}
			add(pl, panel, under, over, colors[i%len(colors)])
		}
	}
	f := panel.FieldConfig.Defaults
	pl.X.Min, pl.X.Max = 0, p.since(p.window.To.UnixMilli())
	pl.Y.Min, pl.Y.Max = bounds(f, least, most)
	pl.X.Tick.Marker = plot.TickerFunc(clock)
	pl.Y.Tick.Marker = plot.TickerFunc(func(low, high float64) []plot.Tick { return ticks(f, low, high) })
	if panel.Log() {
		pl.Y.Min, pl.Y.Max = decades(least, most)
		pl.Y.Scale = plot.LogScale{}
		pl.Y.Tick.Marker = plot.TickerFunc(func(low, high float64) []plot.Tick { return powers(f, low, high) })
	}
	for _, m := range p.marks[1:] {
		x := p.since(m.UnixMilli())
		if line, err := plotter.NewLine(plotter.XYs{{X: x, Y: pl.Y.Min}, {X: x, Y: pl.Y.Max}}); err == nil {
			line.Width, line.Color, line.Dashes = 0.5, grey, []vg.Length{2, 2}
			pl.Add(line)
		}
	}
	pl.Draw(draw.Crop(c, 0, 0, below, 0))
}

// since is seconds since the beginning of what is shown.
func (p *page) since(ms int64) float64 { return float64(ms-p.window.From.UnixMilli()) / 1000 }

// axes is a chart without anything in it.
func axes() *plot.Plot {
	pl := plot.New()
	pl.BackgroundColor = color.White
	pl.X.Tick.Label.Font.Size, pl.Y.Tick.Label.Font.Size = small, small
	pl.X.Tick.Label.Color, pl.Y.Tick.Label.Color, pl.X.Color, pl.Y.Color = grey, grey, grey, color.White
	pl.Y.Tick.Length = 0
	pl.X.Padding, pl.Y.Padding = 0, 2
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color = color.Gray{0xe6}
	pl.Add(grid)
	return pl
}

// add draws a line, and what is under it, or its bars.
func add(pl *plot.Plot, panel board.Panel, under, over plotter.XYs, c color.RGBA) {
	opacity := panel.FieldConfig.Defaults.Custom.FillOpacity
	if opacity > 0 && len(over) > 1 {
		ring := append(plotter.XYs{}, over...)
		for i := len(under) - 1; i >= 0; i-- {
			ring = append(ring, under[i])
		}
		if area, err := plotter.NewPolygon(ring); err == nil && !panel.Bars() {
			area.Color, area.LineStyle.Width = color.NRGBA{c.R, c.G, c.B, uint8(opacity * 255 / 100)}, 0
			pl.Add(area)
		}
	}
	parts := []plotter.XYs{over}
	if panel.Bars() {
		parts = nil
		for i := range over {
			parts = append(parts, plotter.XYs{under[i], over[i]})
		}
	}
	for _, part := range parts {
		if line, err := plotter.NewLine(part); err == nil {
			line.Color, line.Width = c, 1.2
			pl.Add(line)
		}
	}
}

// bounds is where the axis ends: where the panel says so, or where the values do.
func bounds(f board.Field, least, most float64) (low, high float64) {
	if f.Min != nil {
		least = *f.Min
	}
	if f.Max != nil {
		most = *f.Max
	} else {
		most += (most - least) / 20
	}
	if !(most > least) {
		most = least + 1
	}
	return least, most
}

// decades is the powers of ten around values.
func decades(least, most float64) (low, high float64) {
	if !(most > 0) {
		return 0.1, 1
	}
	return math.Pow(10, math.Floor(math.Log10(least))), math.Pow(10, math.Ceil(math.Log10(most)))
}

// clock is ticks of a time axis.
func clock(low, high float64) (all []plot.Tick) {
	step := 15.0
	for (high-low)/step > 8 {
		step *= 2
	}
	for x := 0.0; x <= high; x += step {
		all = append(all, plot.Tick{Value: x, Label: time.Time{}.Add(time.Duration(x) * time.Second).Format("4:05")})
	}
	return all
}

// legend is drawn at the bottom, in as many rows as it takes; it returns how high it is.
func (p *page) legend(c draw.Canvas, lines []board.Line) vg.Length {
	const line, swatch, between = small + 4, 10, 14
	letters := style(small, color.Black, text.XLeft)
	var places []vg.Point
	x, rows := vg.Length(0), 1
	for _, l := range lines {
		width := swatch + 4 + letters.Width(l.Legend)
		if x > 0 && x+width > c.Size().X {
			x, rows = 0, rows+1
		}
		places = append(places, vg.Point{X: x, Y: vg.Length(rows)})
		x += width + between
	}
	for i, l := range lines {
		at := vg.Point{X: c.Min.X + places[i].X, Y: c.Min.Y + vg.Length(rows)*line - places[i].Y*line + line/2}
		c.SetColor(colors[i%len(colors)])
		c.Fill(vg.Rectangle{Min: vg.Point{X: at.X, Y: at.Y - 1.5}, Max: vg.Point{X: at.X + swatch, Y: at.Y + 1.5}}.Path())
		p.words(c, vg.Point{X: at.X + swatch + 4, Y: at.Y}, l.Legend, small, color.Black, text.XLeft)
	}
	return vg.Length(rows)*line + 4
}
