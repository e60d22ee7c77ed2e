// Package chart draws reports as SVG, in bars.
package chart

import (
	"image/color"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	_ "gonum.org/v1/plot/vg/vgsvg" // the format

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/report"
)

// drawing is one chart: a group of bars for each label, and in it one for each contestant.
type drawing struct {
	file, title, unit string
	labels            []string
	contestants       []string
	value             func(contestant string, label int) (float64, bool)
	log               bool // the axis is logarithmic
}

// Write draws what a report has samples of into a folder.
func Write(r *report.Report, dir string) error {
	for _, d := range drawings(r) {
		if len(d.labels) == 0 {
			continue
		}
		if err := d.save(dir); err != nil {
			return err
		}
	}
	return nil
}

func init() { plot.DefaultFont.Variant = "Sans" }

// colors tells contestants apart, for the color-blind, too (Okabe and Ito). They are in the order of contestant.Plans.
var colors = []color.RGBA{
	{0xcc, 0xcc, 0xcc, 0xff}, {0x88, 0x88, 0x88, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0xd5, 0x5e, 0x00, 0xff},
	{0x56, 0xb4, 0xe9, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
}

// colorOf is the same for a contestant in all charts.
func colorOf(name string) color.Color {
	at := slices.IndexFunc(contestant.Plans, func(p contestant.Plan) bool { return p.Name == name })
	return colors[max(0, at)%len(colors)]
}

func (d drawing) save(dir string) error {
	const bar, gap = vg.Length(9), vg.Length(16)
	p := plot.New()
	p.Title.Text, p.Y.Label.Text = d.title, d.unit
	p.BackgroundColor = color.White // for pages that are dark
	p.Legend.Top, p.Legend.Padding = true, vg.Length(2)
	p.Add(plotter.NewGrid())
	scale := d.scale()
	if scale != nil {
		p.Y.Tick.Marker = scale
	}
	for i, name := range d.contestants {
		values := make(plotter.Values, len(d.labels))
		for j := range d.labels {
			if v, ok := d.value(name, j); ok {
				values[j] = scale.height(v)
			}
		}
		bars, err := plotter.NewBarChart(values, bar)
		if err != nil {
			return err
		}
		bars.Color, bars.LineStyle.Width = colorOf(name), 0
		bars.Offset = bar * (vg.Length(i) - vg.Length(len(d.contestants)-1)/2)
		p.Add(bars)
		p.Legend.Add(name, bars)
	}
	p.NominalX(d.labels...)
	p.X.Min, p.X.Max = -0.6, float64(len(d.labels))-0.4
	p.Y.Min = 0
	p.Y.Max *= 1 + 0.1*float64(len(d.contestants)) // room for the legend
	p.X.Tick.Label.Rotation, p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = 0.5, -1, -0.5
	width := vg.Length(len(d.labels))*(bar*vg.Length(len(d.contestants))+gap) + 3*vg.Inch
	return p.Save(width, 4*vg.Inch, filepath.Join(dir, d.file))
}
