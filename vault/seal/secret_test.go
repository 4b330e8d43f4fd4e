package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"text/template"
)

// A carrier is a value with a secret in it, in every shape Go code may hold it.
type carrier struct {
	name   string
	shapes []any
	needle [][]byte // the secret bytes
}

// shapes are all the ways to hold v that fmt walks differently: exported and
// unexported fields, pointers, containers, interfaces.
func shapes[T any](v T) []any {
	p := &v
	return []any{
		v, p, &p, []T{v}, []*T{p}, [1]T{v}, map[string]T{"k": v}, map[string]*T{"k": p},
		struct{ V T }{v}, &struct{ V T }{v}, struct{ V *T }{p}, struct{ V any }{v},
		struct{ v T }{v}, &struct{ v T }{v}, struct{ v *T }{p}, struct{ v any }{v}, struct{ v any }{p},
		struct{ v []T }{[]T{v}}, struct{ v map[string]T }{map[string]T{"k": v}},
		struct{ in struct{ v T } }{struct{ v T }{v}}, func() T { return v },
	}
}

// holder embeds, which promotes methods or makes them ambiguous.
type holder struct {
	Secret
	FileKey
	Name string
}

type deepHolder struct{ *holder }

func carriers(t *testing.T) []carrier {
	t.Helper()
	text := []byte("mot de passe CAF: ocre-brume-42")
	secret := NewSecret(text)
	id, signing, code, journal := newIdentity(t), must(NewSigningKey())(t), must(NewCode())(t), must(NewJournalKey())(t)
	c, facts, err := SealInline(text, Bind(KindInline, "x"), id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	content := must(SealContent(bytes.NewReader(text), int64(len(text)), Bind(KindContent, "x"), id.Recipient()))(t)
	must(content.Ciphertext().Read(make([]byte, 10)))(t)
	o := sealObject(t, text, id.Recipient())
	reader := must(o.open(t, o.raw))(t)
	key := facts.FileKey.ExportFileKey().Reveal()
	codeText := code.Printed().Reveal()
	tag := journal.TagKey()
	held := holder{Secret: secret, FileKey: facts.FileKey, Name: "x"}
	return []carrier{
		{"Secret", shapes(secret), [][]byte{text}},
		{"FileKey", shapes(facts.FileKey), [][]byte{key}},
		{"Identity", shapes(*id), [][]byte{id.Text().Reveal()}},
		{"*Identity", shapes(id), [][]byte{id.Text().Reveal()}},
		{"SigningKey", shapes(*signing), [][]byte{signing.Text().Reveal(), signing.key.lift().Seed(), *signing.key.lift()}},
		{"*SigningKey", shapes(signing), [][]byte{signing.Text().Reveal(), signing.key.lift().Seed(), *signing.key.lift()}},
		{"note.Signer", shapes(must(signing.NoteSigner("x"))(t)), [][]byte{signing.key.lift().Seed()}},
		{"Code", shapes(code), [][]byte{codeText, bytes.ReplaceAll(codeText, []byte("-"), nil)}},
		{"JournalKey", shapes(journal), [][]byte{journal.Export().Reveal(), tag[:]}},
		{"Facts", shapes(facts), [][]byte{key}},
		{"Facts in the open", []any{facts, &facts, []Facts{facts}, struct{ F Facts }{facts}}, [][]byte{key, facts.PlainDigest[:]}},
		{"Piece", shapes(Piece{Document: "a", FileKey: facts.FileKey}), [][]byte{key}},
		{"Piece in the open", []any{Piece{Description: text}, []Piece{{Description: text}}, &Piece{Description: text}}, [][]byte{text}},
		{"Content", shapes(*content), [][]byte{text, content.sealer.lift().facts.FileKey.key.lift()[:]}},
		{"ContentReader", shapes(*reader), [][]byte{text, o.facts.FileKey.key.lift()[:]}},
		{"Ciphertext", []any{c, content.Ciphertext(), *content.Ciphertext()}, [][]byte{text, key}},
		{"embedded", []any{held, &held, deepHolder{&held}, []holder{held}}, [][]byte{text, key}},
	}
}

// printings is every way the standard library turns a value into text.
func printings(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range "vsqxXdtcbopeEfFgGUT" {
		for _, flags := range []string{"", "+", "#", " ", "+#"} {
			out["%"+flags+string(verb)] = fmt.Sprintf("%"+flags+string(verb), v)
		}
	}
	out["Sprint"], out["Sprintln"] = fmt.Sprint(v), fmt.Sprintln(v)
	out["Append"] = string(fmt.Append(nil, v))
	out["Errorf"] = fmt.Errorf("act on %v: %w", v, errors.Join(errors.New("x"), fmt.Errorf("%+v", v))).Error()
	out["panic"] = func() (s string) {
		defer func() { s = fmt.Sprintf("%v %+v", recover(), v) }()
		panic(v)
	}()
	var logged bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&logged, nil), slog.NewJSONHandler(&logged, nil)} {
		l := slog.New(h).With("w", v)
		l.Info("x", "v", v, slog.Any("any", v), slog.Group("g", "v", v))
	}
	log.New(&logged, "", 0).Println(v)
	out["logs"] = logged.String()
	j, err := json.Marshal(v)
	out["json"] = string(j) + fmt.Sprint(err)
	x, err := xml.Marshal(v)
	out["xml"] = string(x) + fmt.Sprint(err)
	var g bytes.Buffer
	err = gob.NewEncoder(&g).Encode(v)
	out["gob"] = g.String() + fmt.Sprint(err)
	var page bytes.Buffer
	err = template.Must(template.New("").Parse(`{{.}} {{print .}} {{printf "%#v" .}}`)).Execute(&page, v)
	out["template"] = page.String() + fmt.Sprint(err)
	return out
}

// spellings are the forms a secret takes when it leaks.
func spellings(secret []byte) []string {
	decimals := strings.Trim(fmt.Sprint(secret), "[]")
	gosyntax := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", secret), "[]byte{"), "}")
	return []string{
		string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)), decimals, gosyntax,
		fmt.Sprintf("% x", secret), fmt.Sprintf("%# x", secret), strings.ReplaceAll(decimals, " ", ","), fmt.Sprintf("%q", secret),
		strings.Trim(fmt.Sprintf("%o", secret), "[]"), strings.Trim(fmt.Sprintf("%b", secret), "[]"),
		base64.RawStdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	for _, c := range carriers(t) {
		var net []string
		for _, secret := range c.needle {
			net = append(net, spellings(secret)...)
		}
		for i, shape := range c.shapes {
			for how, text := range printings(shape) {
				if strings.HasSuffix(c.name, "in the open") && strings.HasSuffix(how, "p") {
					continue // exported fields: only methods hide them, and %p calls none (vet refuses it)
				}
				for _, s := range net {
					if strings.Contains(text, s) {
						t.Errorf("%s, shape %d, leaks by %s: %.200s", c.name, i, how, text)
					}
				}
			}
		}
	}
}

// The test above would be worth nothing if its net had holes.
func TestTheNetForLeaksCatchesAPlainSecret(t *testing.T) {
	t.Parallel()
	secret := []byte("mot de passe CAF: ocre-brume-42")
	for i, shape := range shapes(secret)[:18] {
		caught := false
		for _, text := range printings(shape) {
			for _, s := range spellings(secret) {
				caught = caught || strings.Contains(text, s)
			}
		}
		if pointerOnly := i == 2 || i == 4 || i == 14 || i == 16; !caught && !pointerOnly {
			t.Errorf("shape %d of a plain secret was not caught", i)
		}
	}
}

func TestSecretsSayThatTheyAreSecret(t *testing.T) {
	t.Parallel()
	s := NewSecret([]byte("x"))
	for _, text := range []string{s.String(), s.GoString(), fmt.Sprintf("%x", s), fmt.Sprint(Secret{}), s.LogValue().String()} {
		if text != redacted {
			t.Errorf("printed as %q", text)
		}
	}
	if j := string(must(json.Marshal(map[string]any{"k": s}))(t)); j != `{"k":"[secret]"}` {
		t.Error(j)
	}
}
