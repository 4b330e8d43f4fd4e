package seal

import "testing"

// Two sheets and the master open; one sheet opens nothing, twice or with the
// master in the other's place, and neither do two without the master.
func TestAPairTakesBothSheets(t *testing.T) {
	t.Parallel()
	master, escrow, first, second, safe := newIdentity(t), newIdentity(t), newIdentity(t), newIdentity(t), newIdentity(t)
	outer, middle, inner := Bind(KindWay, "safe", "1", "way", "1"), Bind(KindWayMiddle, "safe", "1", "way"), Bind(KindWayInner, "safe", "1", "way")
	raw := must(SealPaired(safe.Text(), inner, second.Recipient(), middle, first.Recipient(), outer, master.Recipient(), escrow.Recipient()))(t).Bytes()
	for _, holder := range []*Identity{master, escrow} {
		text := must(OpenPaired(raw, outer, holder, middle, first, inner, second))(t)
		must(ParseIdentityFor(text, safe.Recipient()))(t)
	}
	for name, ids := range map[string][3]*Identity{
		"first twice": {master, first, first}, "second twice": {master, second, second}, "wrong way round": {master, second, first},
		"first and master": {master, first, master}, "second and master": {master, master, second}, "no master": {first, first, second},
		"another sheet": {master, first, newIdentity(t)},
	} {
		if _, err := OpenPaired(raw, outer, ids[0], middle, ids[1], inner, ids[2]); err == nil {
			t.Errorf("opened: %s", name)
		} else {
			wantErr(t, err, ErrNoKey)
		}
	}
	_, err := OpenPaired(raw, outer, master, Bind(KindWayMiddle, "safe", "2", "way"), first, inner, second)
	wantErr(t, err, ErrTampered)
	_, err = OpenPaired(raw, outer, master, middle, first, Bind(KindWayInner, "safe", "1", "other"), second)
	wantErr(t, err, ErrTampered)
	_, err = SealPaired(safe.Text(), inner, first.Recipient(), middle, first.Recipient(), outer, master.Recipient())
	wantErr(t, err, ErrUnset)

	// The master is replaced without a sheet, as around any way in.
	master2, outer2 := newIdentity(t), Bind(KindWay, "safe", "1", "way", "2")
	again := must(Seal(must(master.Open(raw, outer))(t).Reveal(), outer2, master2.Recipient()))(t).Bytes()
	must(ParseIdentityFor(must(OpenPaired(again, outer2, master2, middle, first, inner, second))(t), safe.Recipient()))(t)
}
