package main

import (
	"bytes"
	"context"
	"image/color"
	"os"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/kubenames/kubenames/test/monitoring/board"
	"github.com/kubenames/kubenames/test/monitoring/scraper"
)

// Sizes in points. A dashboard is some 1,400 wide on a screen.
const (
	column = 60
	row    = 36
	gap    = 4 // around panels
	pad    = 6 // in them
	small  = 9 // letters
	large  = 11
	huge   = 26
)

func init() { plot.DefaultFont.Variant = "Sans" }

// page is a dashboard that is drawn.
type page struct {
	board  board.Board
	window board.Window
	marks  []time.Time // where chapters begin
	canvas *vgsvg.Canvas
	all    draw.Canvas
}

func newPage(b board.Board, w board.Window, marks []time.Time) *page {
	rows := 0
	for _, p := range b.Panels {
		rows = max(rows, p.GridPos.Y+p.GridPos.H)
	}
	p := &page{board: b, window: w, marks: marks, canvas: vgsvg.New(column*board.Columns, vg.Length(rows*row))}
	p.all = draw.New(p.canvas)
	p.box(p.all, color.RGBA{0xf4, 0xf5, 0xf5, 0xff})
	return p
}

// fill draws every panel in its place.
func (p *page) fill(ctx context.Context, prometheus *scraper.Prometheus) error {
	for _, panel := range p.board.Panels {
		g, top := panel.GridPos, p.all.Max.Y
		at := draw.Canvas{Canvas: p.all.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: vg.Length(g.X*column + gap), Y: top - vg.Length((g.Y+g.H)*row-gap)},
			Max: vg.Point{X: vg.Length((g.X+g.W)*column - gap), Y: top - vg.Length(g.Y*row+gap)},
		}}
		if panel.Type == "row" {
			p.words(at, vg.Point{X: at.Min.X, Y: at.Center().Y}, panel.Title, large+2, color.Black, text.XLeft)
			continue
		}
		var lines []board.Line
		for _, t := range panel.Targets {
			more, err := t.Lines(ctx, prometheus, p.window)
			if err != nil {
				return err
			}
			lines = append(lines, more...)
		}
		p.box(at, color.White)
		p.words(at, vg.Point{X: at.Min.X + pad, Y: at.Max.Y - pad - large/2}, panel.Title, large, color.Black, text.XLeft)
		inside := draw.Crop(at, pad, -pad, pad, -pad-large-6)
		switch {
		case len(lines) == 0:
			p.words(inside, inside.Center(), "No data", large, grey, text.XCenter)
		case panel.Type == "stat":
			p.stats(inside, panel, lines)
		default:
			p.chart(inside, panel, lines)
		}
	}
	return nil
}

var grey = color.RGBA{0x70, 0x70, 0x70, 0xff}

func (p *page) box(c draw.Canvas, fill color.Color) {
	c.SetColor(fill)
	c.Fill(c.Path())
}

// style is how letters look.
func style(size float64, c color.Color, align text.XAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color: c, Font: font.From(plot.DefaultFont, font.Length(size)), XAlign: align, YAlign: text.YCenter, Handler: plot.DefaultTextHandler,
	}
}

func (p *page) words(c draw.Canvas, at vg.Point, words string, size float64, color color.Color, align text.XAlignment) {
	c.FillText(style(size, color, align), at, words)
}

func (p *page) save(path string) error {
	var out bytes.Buffer
	if _, err := p.canvas.WriteTo(&out); err != nil {
		return err
	}
	// Letters of the same width, where the first font is not known, and no words on what is so anyway.
	svg := strings.NewReplacer(
		"font-family:Liberation Sans;", "font-family:'Liberation Sans',Arimo,Arial,Helvetica,sans-serif;",
		"font-variant:normal;font-weight:normal;font-style:normal;", "",
	).Replace(out.String())
	return os.WriteFile(path, []byte(svg), 0o644)
}
