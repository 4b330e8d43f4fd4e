package seal

import "testing"

// A way in needs both its layers: neither the master nor the sheet alone opens.
func TestAWayInTakesBothIdentities(t *testing.T) {
	t.Parallel()
	master, escrow, sheet, safe := newIdentity(t), newIdentity(t), newIdentity(t), newIdentity(t)
	outer, inner := Bind(KindWay, "safe", "1", "way"), Bind(KindWayInner, "safe", "1", "way")
	raw := must(SealNested(safe.Text(), inner, sheet.Recipient(), outer, master.Recipient(), escrow.Recipient()))(t).Bytes()
	for _, holder := range []*Identity{master, escrow} {
		text := must(OpenNested(raw, outer, holder, inner, sheet))(t)
		must(ParseIdentityFor(text, safe.Recipient()))(t)
	}
	for name, ids := range map[string][2]*Identity{
		"master alone": {master, master}, "sheet alone": {sheet, sheet}, "wrong way round": {sheet, master}, "no sheet": {master, newIdentity(t)},
	} {
		if _, err := OpenNested(raw, outer, ids[0], inner, ids[1]); err == nil {
			t.Errorf("opened: %s", name)
		} else {
			wantErr(t, err, ErrNoKey)
		}
	}
	_, err := OpenNested(raw, outer, master, Bind(KindWayInner, "safe", "2", "way"), sheet)
	wantErr(t, err, ErrTampered)

	// The master is replaced without the sheet.
	master2, outer2 := newIdentity(t), Bind(KindWay, "safe", "1", "way", "2")
	layer := must(master.Open(raw, outer))(t)
	again := must(Seal(layer.Reveal(), outer2, master2.Recipient()))(t).Bytes()
	if text := must(OpenNested(again, outer2, master2, inner, sheet))(t); string(text.Reveal()) != string(safe.Text().Reveal()) {
		t.Error("the way in was lost with the old master")
	}
	_, err = OpenNested(again, outer2, master, inner, sheet)
	wantErr(t, err, ErrNoKey)
}
