package pdf

// A Sign is a place to sign.
type Sign struct {
	Label, Name string
	// Lines are what is filled in by hand: the date, the signature.
	Lines []string
}

const (
	signHeight = 24.0
	signPad    = 1.5
	signGap    = 4.0
)

// Signs sets places to sign, two side by side.
func (d *Document) Signs(all []Sign) {
	w := (d.w - signGap) / 2
	if d.format.narrow {
		w = d.w
	}
	for len(all) > 0 {
		n := 1
		if !d.format.narrow {
			n = min(2, len(all))
		}
		height := signHeight
		for _, s := range all[:n] {
			height = max(height, d.height(func(trial *Document) { trial.sign(s, w) })+6)
		}
		if height > d.foot-d.format.top { // no page has room for the box
			d.sign(all[0], d.w)
			d.y += signHeight
			all = all[1:]
			continue
		}
		d.Need(height)
		top := d.y
		for i, s := range all[:n] {
			x := d.x + float64(i)*(w+signGap)
			for _, r := range frame(x, top, w, height, thin, false) {
				d.artifact(r)
			}
			d.y = top
			d.within(x, w, func() { d.sign(s, w) })
		}
		d.y = top + height + signGap/2
		all = all[n:]
	}
}

func (d *Document) sign(s Sign, w float64) {
	d.y += signPad
	d.within(d.x+signPad, w-2*signPad, func() {
		d.paragraph(roleText, s.Label, d.body().in(bold))
		if s.Name != "" {
			d.paragraph(roleText, s.Name, d.body())
		}
		for _, l := range s.Lines {
			d.paragraph(roleText, l, d.body())
		}
	})
	d.y += signPad
}

// Tick sets a box to tick, and what ticking it says.
func (d *Document) Tick(text string) {
	s := d.body()
	d.Need(s.height())
	side := s.size * point
	for _, r := range frame(d.x, d.y+(s.height()-side)/2, side, side, 0.4, false) {
		d.artifact(r)
	}
	d.within(d.x+side+2.5, d.w-side-2.5, func() { d.paragraph(roleText, text, s) })
}
