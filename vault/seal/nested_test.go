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

// The key of a consent takes the master and the agent. It is handed over to
// whoever replaces the agent without the person: what the former one could open
// is not what there is now.
func TestAConsentIsHandedOverWithoutThePerson(t *testing.T) {
	t.Parallel()
	master, agent, successor, bundle := newIdentity(t), newIdentity(t), newIdentity(t), newIdentity(t)
	outer := Bind(KindBundleKey, "safe", "consent", "1")
	first, second := Bind(KindBundleKeyInner, "safe", "consent", "agent"), Bind(KindBundleKeyInner, "safe", "consent", "successor")
	raw := must(SealNested(bundle.Text(), first, agent.Recipient(), outer, master.Recipient()))(t).Bytes()
	text := must(OpenNested(raw, outer, master, first, agent))(t)
	id := must(ParseIdentityFor(text, bundle.Recipient()))(t)

	over := must(SealNested(id.Text(), second, successor.Recipient(), outer, master.Recipient()))(t).Bytes()
	must(ParseIdentityFor(must(OpenNested(over, outer, master, second, successor))(t), bundle.Recipient()))(t)
	for name, c := range map[string]struct {
		raw   []byte
		outer *Identity
		inner Binding
		agent *Identity
		want  error
	}{
		"successor opens the old one":     {raw, master, first, successor, ErrNoKey},
		"former agent opens the new one":  {over, master, second, agent, ErrNoKey},
		"old one passed off as the new":   {raw, master, second, agent, ErrTampered},
		"new one passed off as the old":   {over, master, first, successor, ErrTampered},
		"agent without the master":        {raw, agent, first, agent, ErrNoKey},
		"master without the agent":        {raw, master, first, master, ErrNoKey},
		"after the master was exchanged":  {raw, newIdentity(t), first, agent, ErrNoKey},
		"agent's key as that of a bundle": {must(Seal(agent.Text().Reveal(), Bind(KindAgent, "agent", "1", "1"), master.Recipient()))(t).Bytes(), master, first, agent, ErrTampered},
	} {
		if _, err := OpenNested(c.raw, outer, c.outer, c.inner, c.agent); err == nil {
			t.Errorf("opened: %s", name)
		} else {
			wantErr(t, err, c.want)
		}
	}
}

// Terms open to the service and to the person, each alone; to the person also
// when the master epoch was destroyed.
func TestTermsOpenToServiceAndPerson(t *testing.T) {
	t.Parallel()
	master, person, agent := newIdentity(t), newIdentity(t), newIdentity(t)
	b, text := Bind(KindTerms, "safe", "consent", "given", "1"), []byte("le texte exact")
	raw := must(Seal(text, b, master.Recipient(), person.Recipient()))(t).Bytes()
	for _, id := range []*Identity{master, person} {
		if got := must(id.Open(raw, b))(t); string(got.Reveal()) != string(text) {
			t.Error("other terms")
		}
	}
	_, err := agent.Open(raw, b)
	wantErr(t, err, ErrNoKey)
	_, err = master.Open(raw, Bind(KindTerms, "safe", "consent", "asked", "1"))
	wantErr(t, err, ErrTampered)
	_, err = master.OpenPieces(raw, Bind(KindPieces, "safe", "consent", "given", "1"))
	wantErr(t, err, ErrTampered)
}
