// Package chart draws reports as SVG, in bars.
package chart

import (
	"bytes"
	"image/color"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/kubenames/kubenames/test/bench/contestant"
	"github.com/kubenames/kubenames/test/bench/report"
)

// drawing is one chart: a group of bars for each label, from the top down, and in it one for each contestant.
type drawing struct {
	file, section, title, unit string
	labels                     []string
	contestants                []string
	value                      func(contestant string, label int) (float64, bool)
	log                        bool // the axis is logarithmic
}

// Write draws what a report has samples of into a folder.
func Write(r *report.Report, dir string) error { return save(drawings(r), dir) }

func save(all []drawing, dir string) error {
	for _, d := range all {
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
	{0xf0, 0xe4, 0x42, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
}

// colorOf is the same for a contestant in all charts.
func colorOf(name string) color.Color {
	at := slices.IndexFunc(contestant.Plans, func(p contestant.Plan) bool { return p.Name == name })
	if at < 0 { // the reader
		at = len(colors) - 1
	}
	return colors[at%len(colors)]
}

// Sizes in points.
const (
	width     = 620
	bar       = 9
	gap       = 9 // between groups
	line      = 13
	surround  = 62 // title, axis and its name
	margin    = 8
	small     = 8 // letters
	ordinary  = 10
	columnOf  = 150 // in the legend
	inColumns = (width - 2*margin) / columnOf
)

func (d drawing) save(dir string) error {
	p, legend, err := d.plot()
	if err != nil {
		return err
	}
	rows := (len(d.contestants) + inColumns - 1) / inColumns
	strip := vg.Length(rows*line + 2*margin)
	body := vg.Length(len(d.labels)*(bar*len(d.contestants)+gap) + surround)
	canvas := vgsvg.New(width, strip+body+margin)
	all := draw.New(canvas)
	all.SetColor(color.White) // for pages that are dark
	all.Fill(all.Rectangle.Path())
	p.Draw(draw.Crop(all, margin, -3*margin, margin, -strip))
	for i, name := range d.contestants {
		x, y := all.Min.X+vg.Length(margin+i%inColumns*columnOf), all.Max.Y-vg.Length(margin+i/inColumns*line)
		all.SetColor(colorOf(name))
		all.Fill(vg.Rectangle{Min: vg.Point{X: x, Y: y - bar}, Max: vg.Point{X: x + line, Y: y}}.Path())
		all.FillText(legend, vg.Point{X: x + line + 4, Y: y - bar}, name)
	}
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return err
	}
	// Letters of the same width, where the first font is not known.
	svg := bytes.ReplaceAll(out.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arimo,Arial,Helvetica,sans-serif;"))
	return os.WriteFile(filepath.Join(dir, d.file), svg, 0o644)
}

// plot is the bars with their axes, and the style of the legend's letters.
func (d drawing) plot() (*plot.Plot, draw.TextStyle, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text = d.title, d.unit
	p.Title.TextStyle.Font.Size, p.Title.Padding = ordinary+1, 6
	p.X.Label.TextStyle.Font.Size, p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = ordinary, ordinary, ordinary
	grid := plotter.NewGrid()
	grid.Horizontal.Width = 0
	p.Add(grid)
	scale := d.scale()
	if scale != nil {
		p.X.Tick.Marker = scale
	}
	legend := p.Title.TextStyle
	legend.Font.Size, legend.XAlign, legend.YAlign = ordinary, text.XLeft, text.YBottom
	for i, name := range d.contestants {
		if err := d.bars(p, name, scale, vg.Length(len(d.contestants)-1)/2-vg.Length(i)); err != nil {
			return nil, legend, err
		}
	}
	labels := slices.Clone(d.labels)
	slices.Reverse(labels)
	p.NominalY(labels...)
	for _, l := range labels { // room for wider letters
		p.Y.Tick.Length = max(p.Y.Tick.Length, vg.Length(len(l)))
	}
	p.Y.Tick.Width, p.Y.Tick.Color = 1, color.White
	p.Y.Min, p.Y.Max = -0.5, float64(len(labels))-0.5
	p.X.Min = 0
	p.X.Max *= 1.1 // room for the figures
	return p, legend, nil
}

// bars adds those of a contestant, so many bars above the middle of their groups, each with its figure.
func (d drawing) bars(p *plot.Plot, name string, scale *decades, above vg.Length) error {
	values := make(plotter.Values, len(d.labels))
	figures := plotter.XYLabels{}
	for j := range d.labels {
		if v, ok := d.value(name, j); ok {
			at := len(d.labels) - 1 - j
			values[at] = scale.height(v)
			figures.XYs = append(figures.XYs, plotter.XY{X: values[at], Y: float64(at)})
			figures.Labels = append(figures.Labels, report.Digits(v))
		}
	}
	if len(figures.XYs) == 0 {
		return nil
	}
	bars, err := plotter.NewBarChart(values, bar)
	if err != nil {
		return err
	}
	bars.Horizontal, bars.Color, bars.LineStyle.Width, bars.Offset = true, colorOf(name), 0, above*bar
	labels, err := plotter.NewLabels(figures)
	if err != nil {
		return err
	}
	labels.Offset = vg.Point{X: 3, Y: above * bar}
	for i := range labels.TextStyle {
		labels.TextStyle[i].Font, labels.TextStyle[i].YAlign = p.Title.TextStyle.Font, text.YCenter
		labels.TextStyle[i].Font.Size = small
	}
	p.Add(bars, labels)
	return nil
}
