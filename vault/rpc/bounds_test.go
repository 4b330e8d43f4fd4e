package rpc

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/texts"
)

// goodTerms are terms with nothing wrong.
func goodTerms(change func(*coffrev1.Terms)) *coffrev1.Terms {
	t := coffrev1.Terms_builder{
		Agent: new(vault.NewAgentID().String()), Function: new("social-worker"), Purpose: new("rsa"),
		Precise: new("remplir la demande avec moi"), Posture: new(coffrev1.Posture_POSTURE_WITH),
		Actions: []coffrev1.Action{coffrev1.Action_ACTION_READ}, Scope: coffrev1.Scope_builder{Drawers: []string{"logement"}}.Build(),
		FromTime: at(1_800_000_000), UntilTime: at(1_800_000_000 + 86_400), Language: new("fr"),
	}.Build()
	if change != nil {
		change(t)
	}
	return t
}

func TestGoodTermsAreReadAsTheyAre(t *testing.T) {
	t.Parallel()
	doc, agent, safe := vault.NewDocumentID(), vault.NewAgentID(), vault.NewSafeID()
	wire := goodTerms(func(w *coffrev1.Terms) {
		w.SetAgent(agent.String())
		w.SetPosture(coffrev1.Posture_POSTURE_IN_STEAD)
		w.SetReason("bras cassé")
		w.SetReplacement(coffrev1.Replacement_REPLACEMENT_SUCCESSOR)
		w.SetArrivals(coffrev1.Arrivals_ARRIVALS_TOO)
		w.SetPresence(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT)
		w.GetScope().SetDocuments([]string{doc.String()})
	})
	var f fields
	got := f.terms(wire, safe, spanNeeded, catalogue(t))
	if err := f.err(); err != nil {
		t.Fatal(err)
	}
	want := vault.Terms{
		Safe: safe, Agent: agent, Function: vault.FunctionSocialWorker, Replacement: vault.ReplacementSuccessor, Purpose: "rsa",
		Precise: "remplir la demande avec moi", Posture: vault.PostureInStead, Reason: "bras cassé",
		Actions:  vault.ActionRead | vault.ActionSee, // to read is to see
		Scope:    vault.Scope{Documents: []vault.DocumentID{doc}, Drawers: []papers.Drawer{"logement"}},
		Arrivals: vault.ArrivalsToo, Presence: vault.PresenceNot,
		From: time.Unix(1_800_000_000, 0).UTC(), Until: time.Unix(1_800_086_400, 0).UTC(), Language: "fr",
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	// What is answered is what was agreed to.
	var again fields
	if back := again.terms(terms(got), safe, spanNeeded, catalogue(t)); again.err() != nil || fmt.Sprintf("%+v", back) != fmt.Sprintf("%+v", want) {
		t.Errorf("answered as\n%+v, %v", back, again.err())
	}
}

// Each bound that a .proto comment states, just inside and just outside.
func TestTheBoundsOfTerms(t *testing.T) {
	t.Parallel()
	kinds := catalogue(t)
	var drawers []string
	for _, d := range kinds.Drawers() {
		drawers = append(drawers, string(d.Code))
	}
	ids := func(n int) (all []string) {
		for range n {
			all = append(all, vault.NewDocumentID().String())
		}
		return all
	}
	const year = 365 * 86_400
	for name, c := range map[string]struct {
		change func(*coffrev1.Terms)
		want   string
	}{
		"nothing wrong":        {nil, ""},
		"precise, 300":         {func(w *coffrev1.Terms) { w.SetPrecise(strings.Repeat("é", vault.MaxPrecise)) }, ""},
		"precise, 301":         {func(w *coffrev1.Terms) { w.SetPrecise(strings.Repeat("é", vault.MaxPrecise+1)) }, "terms.precise"},
		"precise, blank":       {func(w *coffrev1.Terms) { w.SetPrecise("  ") }, "terms.precise"},
		"precise, two lines":   {func(w *coffrev1.Terms) { w.SetPrecise("a\nb") }, "terms.precise"},
		"a mandate, no reason": {func(w *coffrev1.Terms) { w.SetPosture(coffrev1.Posture_POSTURE_IN_STEAD) }, "terms.reason"}, // L-75
		"a mandate, 500": {func(w *coffrev1.Terms) {
			w.SetPosture(coffrev1.Posture_POSTURE_IN_STEAD)
			w.SetReason(strings.Repeat("é", vault.MaxReason))
		}, ""},
		"a mandate, 501": {func(w *coffrev1.Terms) {
			w.SetPosture(coffrev1.Posture_POSTURE_IN_STEAD)
			w.SetReason(strings.Repeat("é", vault.MaxReason+1))
		}, "terms.reason"},
		"a reason for nothing": {func(w *coffrev1.Terms) { w.SetReason("pourquoi") }, "terms.reason"},
		"no posture":           {func(w *coffrev1.Terms) { w.ClearPosture() }, "terms.posture"}, // L-69
		"no action":            {func(w *coffrev1.Terms) { w.SetActions(nil) }, "terms.actions"},
		"an action twice": {func(w *coffrev1.Terms) {
			w.SetActions([]coffrev1.Action{coffrev1.Action_ACTION_READ, coffrev1.Action_ACTION_READ})
		}, "terms.actions"},
		"no scope":              {func(w *coffrev1.Terms) { w.ClearScope() }, "terms.scope"},
		"an empty scope":        {func(w *coffrev1.Terms) { w.SetScope(&coffrev1.Scope{}) }, "terms.scope"},
		"all drawers":           {func(w *coffrev1.Terms) { w.GetScope().SetDrawers(drawers) }, "terms.scope"},
		"all but one":           {func(w *coffrev1.Terms) { w.GetScope().SetDrawers(drawers[1:]) }, ""},
		"a drawer twice":        {func(w *coffrev1.Terms) { w.GetScope().SetDrawers([]string{"logement", "logement"}) }, "terms.scope"},
		"200 in all":            {func(w *coffrev1.Terms) { w.GetScope().SetDocuments(ids(vault.MaxScope - 1)) }, ""},
		"201 in all":            {func(w *coffrev1.Terms) { w.GetScope().SetDocuments(ids(vault.MaxScope)) }, "terms.scope"},
		"365 days":              {func(w *coffrev1.Terms) { w.SetUntilTime(at(1_800_000_000 + year)) }, ""},
		"a second more":         {func(w *coffrev1.Terms) { w.SetUntilTime(at(1_800_000_000 + year + 1)) }, "terms.until_time"},
		"over before it begins": {func(w *coffrev1.Terms) { w.SetUntilTime(at(1_800_000_000)) }, "terms.until_time"},
		"a fraction":            {func(w *coffrev1.Terms) { w.GetUntilTime().Nanos = 1 }, "terms.until_time"},
		"year 10000":            {func(w *coffrev1.Terms) { w.SetUntilTime(at(253_402_300_800)) }, "terms.until_time"},
		"no language":           {func(w *coffrev1.Terms) { w.ClearLanguage() }, "terms.language"},
	} {
		var f fields
		f.terms(goodTerms(c.change), vault.NewSafeID(), spanNeeded, kinds)
		if got := strings.Join(refused(t, f.err()), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The two instants are both there, both absent, or a session's own.
func TestWhenTermsCarryTheirInstants(t *testing.T) {
	t.Parallel()
	none := goodTerms(func(w *coffrev1.Terms) { w.ClearFromTime(); w.ClearUntilTime() })
	half := goodTerms(func(w *coffrev1.Terms) { w.ClearFromTime() })
	open := goodTerms(func(w *coffrev1.Terms) { w.ClearUntilTime() })
	for _, c := range []struct {
		name  string
		span  span
		terms *coffrev1.Terms
		want  string
	}{
		{"needed", spanNeeded, goodTerms(nil), ""},
		{"needed", spanNeeded, none, "terms.from_time terms.until_time"},
		{"optional", spanOptional, goodTerms(nil), ""},
		{"optional", spanOptional, none, ""},
		{"needed", spanNeeded, half, "terms.from_time"},
		{"optional", spanOptional, half, "terms.from_time"},
		{"needed", spanNeeded, open, ""},
		{"optional", spanOptional, open, ""},
		{"none", spanNone, open, "terms.until_time"},
		{"none", spanNone, none, ""},
		{"none", spanNone, goodTerms(nil), "terms.until_time"},
		{"no terms at all", spanNone, nil, "terms"},
	} {
		var f fields
		f.terms(c.terms, vault.NewSafeID(), c.span, catalogue(t))
		if got := strings.Join(refused(t, f.err()), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// An end that nobody said is that of the démarche, whatever else it may be.
func TestTheEndProposedIsTheDemarches(t *testing.T) {
	t.Parallel()
	for purpose, days := range map[string]int{"rsa": 31, "aah": 122} {
		var f fields
		open := goodTerms(func(w *coffrev1.Terms) { w.SetPurpose(purpose); w.ClearUntilTime() })
		read := f.terms(open, vault.NewSafeID(), spanNeeded, catalogue(t))
		if err := f.err(); err != nil {
			t.Errorf("%s: %v", purpose, err)
		}
		if took := read.Until.Sub(read.From); took != time.Duration(days)*24*time.Hour {
			t.Errorf("%s: %v", purpose, took)
		}
	}
}

// L-72, L-87: a witness is named where somebody speaks for the text.
func TestAWitnessIsNamedWhereOneIsNeeded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method     coffrev1.Method
		protection coffrev1.Protection
		witness    string
		want       string
	}{
		{coffrev1.Method_METHOD_SESSION, coffrev1.Protection_PROTECTION_NONE, "", ""},
		{coffrev1.Method_METHOD_COUNTER, coffrev1.Protection_PROTECTION_ASSISTED, "", ""},
		{coffrev1.Method_METHOD_ORAL, coffrev1.Protection_PROTECTION_NONE, "", "giving.witness"},
		{coffrev1.Method_METHOD_PICTOGRAM, coffrev1.Protection_PROTECTION_NONE, "", "giving.witness"},
		{coffrev1.Method_METHOD_ORAL, coffrev1.Protection_PROTECTION_NONE, "INTERPRETE Fictive", ""},
		{coffrev1.Method_METHOD_SESSION, coffrev1.Protection_PROTECTION_REPRESENTED, "", "giving.witness"},
		{coffrev1.Method_METHOD_SESSION, coffrev1.Protection_PROTECTION_REPRESENTED, "TUTRICE Fictive", ""},
		{coffrev1.Method_METHOD_SESSION, coffrev1.Protection_PROTECTION_NONE, "\u202eeuqse", "giving.witness"},
		{0, coffrev1.Protection_PROTECTION_NONE, "", "giving.method"},
		{coffrev1.Method_METHOD_SESSION, 0, "", "giving.protection"},
	} {
		var f fields
		f.giving(coffrev1.Giving_builder{Method: &c.method, Witness: &c.witness, Company: new(coffrev1.Company_COMPANY_ALONE), Protection: &c.protection}.Build())
		if got := strings.Join(refused(t, f.err()), " "); got != c.want {
			t.Errorf("%v, %v, %q: %q, want %q", c.method, c.protection, c.witness, got, c.want)
		}
	}
}

// A PIN that anybody would try first can be compared, and is never chosen.
func TestAnEasyPINIsNotChosen(t *testing.T) {
	t.Parallel()
	for pin, want := range map[string]string{
		"204857": "", "000000": "new", "111111": "new", "123456": "new", "987654": "new", "": "both", "20485": "both", "2048577": "both", "20485a": "both", "２０４８": "both",
	} {
		var old, chosen fields
		old.pin("pin", pin)
		chosen.newPIN("pin", pin)
		got := map[[2]bool]string{{true, true}: "", {true, false}: "new", {false, false}: "both"}[[2]bool{old.err() == nil, chosen.err() == nil}]
		if got != want {
			t.Errorf("%q is refused: %q, want %q", pin, got, want)
		}
	}
}

func TestLanguagesHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"fr": true, "ps": true, "kab": true, "zh-Hant": true, "pt-BR": true, "sr-Latn-RS": true, "ar-001": true,
		"": false, "f": false, "FR": false, "fr-": false, "fr-fr": false, "fr_FR": false, "zh-hant": false, "fr-FR-x-prive": false, "fran": false, "fr\n": false, "fr-FR-Latn": false,
	} {
		var f fields
		if f.language("language", s); (f.err() == nil) != want {
			t.Errorf("%q: %v", s, f.err())
		}
	}
}

// A phone opens with its secret and the PIN, a sheet with its code, and never
// both at once.
func TestASheetOrAPhoneOpens(t *testing.T) {
	t.Parallel()
	id, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	secret, code, safe := string(id.Text().Reveal()), "0000-1111-2222-3333-4444", vault.NewSafeID().String()
	for _, c := range []struct{ code, phone, pin, want string }{
		{"", secret, "204857", ""},
		{"", secret, "", "pin"},
		{"", "", "204857", "phone_secret"},
		{"", strings.ToLower(secret), "204857", "phone_secret"},
		{code, secret, "204857", "code"},
		{code, "", "204857", "code"},
		{"", "", "", "code"},
	} {
		act, err := parseUnlock(coffrev1.UnlockRequest_builder{Safe: &safe, Code: &c.code, PhoneSecret: &c.phone, Pin: &c.pin}.Build())
		if got := strings.Join(refused(t, err), " "); got != c.want {
			t.Errorf("code %v, phone %v, pin %v: %q, want %q", c.code != "", c.phone != "", c.pin != "", got, c.want)
		}
		if err == nil && act.Phone.Recipient() != id.Recipient() {
			t.Error("another phone was read")
		}
		if s := fmt.Sprintf("%v %+v %#v %s", act, act, act, err); strings.Contains(s, secret[20:40]) || strings.Contains(s, "204857") {
			t.Errorf("a secret is shown: %s", s)
		}
	}
}

func TestEachFunctionIsGivenOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codes []string
		want  vault.FunctionSet
	}{
		{[]string{"reception"}, vault.NewFunctionSet(vault.FunctionReception)},
		{[]string{"dpo", "reception"}, vault.NewFunctionSet(vault.FunctionDPO, vault.FunctionReception)},
		{nil, 0},
		{[]string{""}, 0},
		{[]string{"reception", "reception"}, 0},
		{[]string{"operator"}, 0}, // the operator is nobody's agent
		{[]string{"Reception"}, 0},
	} {
		var f fields
		if got := f.functions(c.codes); got != c.want || (f.err() == nil) != (c.want != 0) {
			t.Errorf("%v: %v, %v", c.codes, got, f.err())
		}
	}
}

// One of both, or neither where nothing may be said.
func TestWhatExcludesItself(t *testing.T) {
	t.Parallel()
	id := vault.NewSafeID().String()
	digest := make([]byte, 32)
	giving := coffrev1.Giving_builder{Method: new(coffrev1.Method_METHOD_SESSION), Company: new(coffrev1.Company_COMPANY_ALONE), Protection: new(coffrev1.Protection_PROTECTION_NONE)}.Build()
	give := func(consent string, terms *coffrev1.Terms) error {
		return second(parseGiveConsent(coffrev1.GiveConsentRequest_builder{RequestId: &id, Safe: &id, Consent: &consent, Terms: terms, ShownDigest: digest, Giving: giving}.Build(), catalogue(t)))
	}
	entry := coffrev1.RegisterEntry_builder{Name: new("FICTIVE Personne"), BirthDate: new("1980-00-00"), Language: new("fr")}.Build()
	open := func(d coffrev1.Discretion, e *coffrev1.RegisterEntry) error {
		return second(parseOpenSafe(coffrev1.OpenSafeRequest_builder{RequestId: &id, InformationVersion: new(texts.Version), Discretion: &d, Entry: e}.Build(), catalogue(t)))
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a request is answered":            {give(id, nil), ""},
		"an offer is made":                 {give("", goodTerms(nil)), ""},
		"both":                             {give(id, goodTerms(nil)), "consent"},
		"neither":                          {give("", nil), "consent"},
		"a search by both":                 {second(parseFindSafe(coffrev1.FindSafeRequest_builder{Name: new("A"), BirthDate: new("1980-01-01"), Address: &id}.Build())), "address"},
		"a search by nothing":              {second(parseFindSafe(&coffrev1.FindSafeRequest{})), "address"},
		"a search by name alone":           {second(parseFindSafe(coffrev1.FindSafeRequest_builder{Name: new("A")}.Build())), "birth_date"},
		"a search by date alone":           {second(parseFindSafe(coffrev1.FindSafeRequest_builder{BirthDate: new("1980-01-01")}.Build())), "name"},
		"a search as it should be":         {second(parseFindSafe(coffrev1.FindSafeRequest_builder{Name: new("A"), BirthDate: new("1980-01-00")}.Build())), ""},
		"nobody is shut out":               {second(parseShutOut(id, id, &coffrev1.ShutOutRequest{})), "who"},
		"a discreet safe, an entry":        {open(coffrev1.Discretion_DISCRETION_DISCREET, entry), "entry"},
		"a discreet safe":                  {open(coffrev1.Discretion_DISCRETION_DISCREET, nil), ""},
		"a safe with an entry":             {open(coffrev1.Discretion_DISCRETION_UNSPECIFIED, entry), ""},
		"nothing survives":                 {second(parseEndSideBySide(coffrev1.EndSideBySideRequest_builder{RequestId: &id, Safe: &id}.Build())), ""},
		"agreed to nothing":                {second(parseEndSideBySide(coffrev1.EndSideBySideRequest_builder{RequestId: &id, Safe: &id, Giving: giving}.Build())), "until_time"},
		"one's own successor":              {second(parseAssignSuccessor(coffrev1.AssignSuccessorRequest_builder{RequestId: &id, Agent: &id, Successor: &id, Function: new("reception")}.Build())), "successor"},
		"a counter session, no proof":      {second(parseOpenCounter(coffrev1.OpenCounterRequest_builder{Safe: &id}.Build())), "proof"},
		"an extension, an empty proof":     {second(parseExtendCounter(coffrev1.ExtendCounterRequest_builder{Proof: &coffrev1.Proof{}}.Build())), "proof"},
		"a password of 256 bytes":          {reset(id, strings.Repeat("x", vault.MaxPassword)), ""},
		"a password of 257 bytes":          {reset(id, strings.Repeat("x", vault.MaxPassword+1)), "password"},
		"no password":                      {reset(id, ""), "password"},
		"no other login: it is ended":      {second(parseRelinkLogin(coffrev1.RelinkLoginRequest_builder{RequestId: &id, Safe: &id}.Build())), ""},
		"out of the register":              {second(parseSetRegister(coffrev1.SetRegisterRequest_builder{RequestId: &id, Safe: &id}.Build())), ""},
		"nobody is the first contact":      {second(parseSetReferent(coffrev1.SetReferentRequest_builder{RequestId: &id, Safe: &id}.Build())), ""},
		"widened by nothing":               {second(parseWidenConsent(coffrev1.WidenConsentRequest_builder{RequestId: &id, Safe: &id, Consent: &id}.Build())), "documents"},
		"widened twice by the same":        {second(parseWidenConsent(coffrev1.WidenConsentRequest_builder{RequestId: &id, Safe: &id, Consent: &id, Documents: []string{id, id}}.Build())), "documents"},
		"discreet mode neither on nor off": {second(parseSetDiscreet(coffrev1.SetDiscreetRequest_builder{RequestId: &id, Safe: &id}.Build())), "discretion"},
	} {
		if got := strings.Join(refused(t, c.err), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func reset(safe, password string) error {
	proof := coffrev1.Proof_builder{Code: new("0000-1111-2222-3333-4444"), Pin: new("204857")}.Build()
	return second(parseResetPassword(coffrev1.ResetPasswordRequest_builder{Safe: &safe, Proof: proof, Password: &password}.Build()))
}

// What is read is answered in the same spelling: there is no second one.
func FuzzTermsHaveOneSpelling(f *testing.F) {
	kinds := catalogue(f)
	id := vault.NewAgentID().String()
	f.Add(id, "social-worker", "rsa", "remplir la demande", "logement", "fr", int64(1_800_000_000), int64(1_800_086_400), uint8(2))
	f.Add("", "dpo", "a-b", "é", "sante", "zh-Hant", int64(-1), int64(1)<<40, uint8(5))
	f.Fuzz(func(t *testing.T, agent, function, purpose, precise, drawer, language string, from, until int64, action uint8) {
		wire := coffrev1.Terms_builder{
			Agent: &agent, Function: &function, Purpose: &purpose, Precise: &precise, Language: &language,
			Posture: new(coffrev1.Posture_POSTURE_TRAIN), Actions: []coffrev1.Action{coffrev1.Action_ACTION_SEE},
			Scope: coffrev1.Scope_builder{Drawers: []string{drawer}}.Build(), FromTime: at(from), UntilTime: at(until),
		}.Build()
		if a := coffrev1.Action(action); a != coffrev1.Action_ACTION_SEE {
			wire.SetActions(append(wire.GetActions(), a))
		}
		var fs fields
		got := fs.terms(wire, vault.NewSafeID(), spanNeeded, kinds)
		if err := fs.err(); err != nil {
			if len(refused(t, err)) == 0 {
				t.Error("refused, and no field is named")
			}
			return
		}
		back := terms(got)
		for _, pair := range [][2]string{
			{back.GetAgent(), agent}, {back.GetFunction(), function}, {back.GetPurpose(), purpose}, {back.GetPrecise(), precise}, {back.GetLanguage(), language},
			{strings.Join(back.GetScope().GetDrawers(), " "), drawer},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%q is answered as %q", pair[1], pair[0])
			}
		}
		if back.GetFromTime().GetSeconds() != from || back.GetUntilTime().GetSeconds() != until || !slices.Equal(back.GetActions(), wire.GetActions()) {
			t.Errorf("answered as %v", back)
		}
	})
}

// L-40: a name is a name. What is written at the counter is shown on screens and
// on paper, so it cannot order them about either.
func TestTheBoundsOfNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Ô":                                  true,
		"LE GALL-N'DIAYE Anne":               true,
		"أحمد":                               true,
		strings.Repeat("é", vault.MaxName):   true,
		strings.Repeat("é", vault.MaxName+1): false,
		"":                                   false,
		" ":                                  false,
		"FICTIVE ":                           false,
		"1 84 12 76 451 089 46":              false,
		"A\nB":                               false,
		"A\u202eB":                           false,
		"A\x1b[2JB":                          false,
		"A\xff":                              false,
	} {
		var f fields
		if f.name("name", name); (f.err() == nil) != want {
			t.Errorf("%q: %v", name, f.err())
		}
	}
}

// The .proto files state the bounds that the vocabulary has.
func TestTheProtoFilesStateTheBounds(t *testing.T) {
	t.Parallel()
	for file, all := range map[string][]string{
		"structure.proto": {
			fmt.Sprintf("from 1 to %d characters on one line", vault.MaxName),
			fmt.Sprintf("0 means %d, more than %d is read as %[2]d", defaultPage, vault.MaxPage),
			fmt.Sprintf("a delay of %d hours", vault.ApprovalDelay/time.Hour),
			inWords(int(vault.ApprovalLife / (24 * time.Hour))),
		},
		"register.proto": {fmt.Sprintf("from 1 to %d characters on one line", vault.MaxName), "at most " + inWords(vault.FindLimit)},
		"consent.proto": {
			fmt.Sprintf("from 1 to %d characters on one line", vault.MaxPrecise),
			fmt.Sprintf("from 1 to %d characters on one line", vault.MaxReason),
			fmt.Sprintf("at most %d characters on one line", vault.MaxName),
			fmt.Sprintf("from 1 to %d documents, kinds and drawers", vault.MaxScope),
			fmt.Sprintf("1 to %d, none twice", vault.MaxScope),
			fmt.Sprintf("at most %d days later", vault.ConsentDaysLong),
			fmt.Sprintf("Over %d days a second agent", vault.ConsentDays),
			inWords(int(vault.EndedVisible / (24 * time.Hour))),
			inWords(int(vault.AskLife / (24 * time.Hour))),
		},
		"presence.proto": {
			fmt.Sprintf("%d minutes", vault.PresenceTime/time.Minute),
			inWords(vault.PINDigits) + " digits",
		},
		"recovery.proto": {"20 characters", inWords(vault.PINDigits) + " digits", fmt.Sprintf("for %d days", vault.KitOpenLife/(24*time.Hour))},
		"lock.proto":     {fmt.Sprintf("from 1 to %d bytes", vault.MaxPassword), fmt.Sprintf("from 1 to %d characters on one line", vault.MaxName)},
	} {
		raw, err := os.ReadFile("../../proto/coffre/v1/" + file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(string(raw), "//", "")), " "))
		for _, bound := range all {
			if !strings.Contains(text, strings.ToLower(bound)) {
				t.Errorf("%s does not say %q", file, bound)
			}
		}
	}
}

// inWords writes the few numbers that stand in words.
func inWords(n int) string {
	return map[int]string{5: "five", 6: "six", 7: "seven days", 30: "thirty days"}[n]
}
