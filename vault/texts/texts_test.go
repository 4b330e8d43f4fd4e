package texts

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault"
)

var update = flag.Bool("update", false, "write what this version says to testdata")

// constants answers the constants of one type in the Go files that match, with
// their values where they are texts.
func constants(t *testing.T, glob, typ string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", glob, err)
	}
	found := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				constantsOf(t, g, typ, found)
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("no constant of type %s in %s", typ, glob)
	}
	return found
}

func constantsOf(t *testing.T, g *ast.GenDecl, typ string, found map[string]string) {
	t.Helper()
	var last string // within a block, a constant without type and value repeats the one before
	for _, s := range g.Specs {
		v := s.(*ast.ValueSpec)
		if id, ok := v.Type.(*ast.Ident); ok {
			last = id.Name
		} else if len(v.Values) > 0 {
			last = ""
		}
		if last != typ {
			continue
		}
		for i, name := range v.Names {
			text := ""
			if i < len(v.Values) {
				if lit, ok := v.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					var err error
					if text, err = strconv.Unquote(lit.Value); err != nil {
						t.Fatal(err)
					}
				}
			}
			if name.Name != "_" {
				found[name.Name] = text
			}
		}
	}
}

// everything is what a person can read, by the name under which a version is
// kept.
func everything(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for typ, files := range map[string][]string{
		"Problem": {"texts.go"}, "Notice": {"texts.go"}, "Rule": {"texts.go"},
		"Sentence": {"sheets.go", "told.go", "paper.go", "bring.go", "memo.go", "notebook.go"},
		"Label":    {"sheets.go", "told.go", "paper.go", "bring.go", "notebook.go"},
	} {
		for _, file := range files {
			for name, text := range constants(t, file, typ) {
				all[typ+" "+name] = text
			}
		}
	}
	for i := range 20 {
		n := strconv.Itoa(i)
		all["Sentence of reason "+n] = string(EndReason(vault.EndReason(i)))
		all["Sentence of method "+n] = string(MethodName(vault.Method(i)))
		all["Sentence of protection "+n] = string(ProtectionAnswer(vault.Protection(i)))
		all["Label of state "+n] = string(ConsentStateName(vault.ConsentState(i)))
		all["Label of posture "+n] = string(PostureName(vault.Posture(i)))
		all["Label of action "+n] = string(ActionName(1 << i))
		all["Label of function "+n] = FunctionName(vault.Function(i))
	}
	for act := range wordings {
		for who := range actors {
			for how := vault.OutcomeUnknown; how <= vault.OutcomeOpen; how++ {
				key := strings.Join([]string{"Line", act.String(), strconv.Itoa(int(who)), strconv.Itoa(int(how))}, " ")
				all[key] = Line(act, who, how)
			}
		}
	}
	return all
}

// L-11, L-82: what a person is told is plain French.
func TestEverySentenceIsPlainFrench(t *testing.T) {
	t.Parallel()
	for key, text := range everything(t) {
		if strings.HasPrefix(key, "Rule ") || strings.HasPrefix(key, "Label ") {
			lintWords(t, key, text)
			continue
		}
		if !strings.HasSuffix(text, ".") {
			t.Errorf("%s does not end in a full stop: %q", key, text)
		}
		for _, s := range sentenceEnd.Split(strings.TrimSuffix(text, "."), -1) {
			if first, _ := utf8.DecodeRuneInString(s); !unicode.IsUpper(first) {
				t.Errorf("%s: sentence begins in lower case: %q", key, s)
			}
			lintWords(t, key, s)
		}
	}
}

var sentenceEnd = regexp.MustCompile(`[.?!] `)

var word = regexp.MustCompile(`[\p{L}\p{N}-]+`)

// banned says why a word may not stand in a sentence.
var banned = map[string]string{
	"illettré": "belittles", "illettrée": "belittles", "illettrés": "belittles", "illettrisme": "belittles",
	"assisté": "belittles", "assistée": "belittles", "assistés": "belittles", "assistanat": "belittles",
	"cas":         "a person is not a case",
	"analphabète": "belittles", "démuni": "belittles", "démunie": "belittles", "précaire": "belittles",
	"défavorisé": "belittles", "défavorisée": "belittles", "indigent": "belittles", "bénéficiaire": "administration",
	"usager": "administration", "usagère": "administration", "administré": "administration", "séquestre": "administration",
	"veuillez": "administration", "susmentionné": "administration", "afin": "administration", "échéant": "administration",
	"authentification": "jargon", "authentifier": "jargon", "jeton": "jargon", "token": "jargon", "serveur": "jargon",
	"requête": "jargon", "url": "jargon", "chiffrement": "jargon", "hash": "jargon", "erreur": "frightens", "échec": "frightens",
	"interdit": "frightens", "illégal": "frightens", "fraude": "frightens",
	"tu": "vous", "te": "vous", "toi": "vous", "ton": "vous", "ta": "vous", "tes": "vous",
}

func lintWords(t *testing.T, key, sentence string) {
	t.Helper()
	words := word.FindAllString(sentence, -1)
	if len(words) == 0 || len(words) > 15 {
		t.Errorf("%s: %d words, want 1 to 15: %q", key, len(words), sentence)
	}
	for _, w := range words {
		if why, bad := banned[strings.ToLower(w)]; bad {
			t.Errorf("%s: %q (%s): %q", key, w, why, sentence)
		}
	}
}

// L-04: no line of a journal is without its sentence.
func TestEveryActOutcomeAndActorHasASentence(t *testing.T) {
	t.Parallel()
	if acts := constants(t, "../act*.go", "Act"); len(acts) != len(wordings) {
		t.Errorf("%d acts, %d wordings", len(acts), len(wordings))
	}
	if who := constants(t, "../lines.go", "Actor"); len(who) != len(actors) {
		t.Errorf("%d actors, %d of them with a name", len(who), len(actors))
	}
	if how := constants(t, "../lines.go", "Outcome"); len(how) != int(vault.OutcomeOpen)+1 {
		t.Errorf("%d outcomes: everything() does not know them all", len(how))
	}
	seen := map[string]string{}
	for key, text := range everything(t) {
		if other, twice := seen[text]; twice && strings.HasPrefix(key, "Line ") {
			t.Errorf("%s and %s say the same: %q", key, other, text)
		}
		seen[text] = key
	}
	for act := range wordings {
		if act.String() == "unknown" {
			t.Errorf("act %d has a wording, and no name", act)
		}
	}
}

// L-11: the service information leaves nothing out.
func TestTheInformationHoldsEveryNotice(t *testing.T) {
	t.Parallel()
	paragraphs := strings.Split(Information(72), "\n\n")
	notices := constants(t, "texts.go", "Notice")
	if len(paragraphs) != len(notices) {
		t.Errorf("%d paragraphs, %d notices", len(paragraphs), len(notices))
	}
	for name, text := range notices {
		if !slices.Contains(paragraphs, strings.Replace(text, "{time}", "6 ans", 1)) { // L-19
			t.Errorf("%s is told to nobody", name)
		}
	}
}

func TestHowLongIsSaidAsPeopleDo(t *testing.T) {
	t.Parallel()
	for months, want := range map[int]string{1: "1 mois", 12: "1 an", 18: "18 mois", 72: "6 ans"} {
		if !strings.Contains(Information(months), "gardé "+want+".") {
			t.Errorf("%d months: not %q", months, want)
		}
	}
}

func TestUnknownLinesSaySomethingTrue(t *testing.T) {
	t.Parallel()
	got := []string{
		Line(60000, vault.ActorOwner, vault.OutcomeDone),
		Line(vault.ActRead, 99, vault.OutcomeRefused),
		Line(vault.ActRead, vault.ActorOwner, 99),
	}
	want := []string{
		"Vous avez fait autre chose.",
		"Quelqu'un a essayé de lire un papier. Le service a refusé.",
		"Vous avez essayé de lire un papier. Nous ne savons pas si cela a marché.",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A person may ask what exactly they were told: each version is kept.
func TestTheVersionNamesTheseSentences(t *testing.T) {
	t.Parallel()
	var now strings.Builder
	for key, text := range sorted(everything(t)) {
		if !strings.HasPrefix(key, "Line ") { // made of what follows
			now.WriteString(key + ": " + text + "\n")
		}
	}
	for act, w := range sorted(wordings) {
		now.WriteString("Act " + act.String() + ": " + w.did + " | " + w.do + "\n")
	}
	for who, phrase := range sorted(actors) {
		now.WriteString("Actor " + strconv.Itoa(int(who)) + ": " + phrase + "\n")
	}
	for how := vault.OutcomeUnknown; how <= vault.OutcomeOpen; how++ {
		now.WriteString("Outcome " + strconv.Itoa(int(how)) + ": " + Line(vault.ActOpenSafe, vault.ActorOwner, how) + "\n")
	}
	name := filepath.Join("testdata", Version+".txt")
	if *update {
		if err := os.WriteFile(name, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(now.String(), "\n")); d != "" {
		t.Errorf("the sentences are no longer those of %s: raise Version, keep the old file, and run with -update\n%s", Version, d)
	}
	versions, err := filepath.Glob(filepath.Join("testdata", Locale[:2]+"-*.txt"))
	if err != nil || len(versions) == 0 {
		t.Fatal(versions, err)
	}
	for _, file := range versions {
		if version := strings.TrimSuffix(filepath.Base(file), ".txt"); !Published(version) {
			t.Errorf("%s was published", version)
		}
	}
	if len(Version) > vault.MaxVersionText {
		t.Errorf("Version has %d bytes", len(Version))
	}
}

func sorted[K interface{ ~string | ~uint8 | ~uint16 }, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
