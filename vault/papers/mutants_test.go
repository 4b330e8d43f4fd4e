package papers_test

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/coffre-fort/coffre/vault/papers"
)

// A mutant is one file of the catalogue with one thing changed in it.
type mutant struct {
	topic papers.Topic
	line  int
	what  string
	raw   []byte
}

func (m mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.topic.File(), m.line, m.what) }

// A breeder changes one document in one place at a time and puts it back.
type breeder struct {
	topic papers.Topic
	doc   yaml.Node
	kinds []string
	uses  []string
	tried func() bool // whether the next change is one to try
	yield func(mutant) bool
	done  bool
}

// mutants are all changes of one file: each number one more and one less, each
// unit another, each code, mark and sentence another, each item of a list and
// each field away, each mark that a row does not have put there. Sources are left
// alone: they say where a row comes from, and have a test of their own. Of all
// these, those come out that are to be tried.
func mutants(topic papers.Topic, raw []byte, c *papers.Catalogue, tried func() bool) iter.Seq[mutant] {
	return func(yield func(mutant) bool) {
		b := &breeder{topic: topic, tried: tried, yield: yield}
		if err := yaml.Unmarshal(raw, &b.doc); err != nil {
			panic(err)
		}
		for _, k := range c.EveryKind() {
			b.kinds = append(b.kinds, string(k))
		}
		for _, p := range c.Purposes() {
			b.uses = append(b.uses, string(p.Code))
		}
		b.walk(b.doc.Content[0], "")
	}
}

func (b *breeder) born(line int, format string, args ...any) {
	if b.done || !b.tried() {
		return
	}
	raw, err := yaml.Marshal(&b.doc)
	if err != nil {
		panic(err)
	}
	b.done = !b.yield(mutant{topic: b.topic, line: line, what: fmt.Sprintf(format, args...), raw: raw})
}

func (b *breeder) walk(n *yaml.Node, key string) {
	switch n.Kind {
	case yaml.MappingNode:
		b.fields(n, key)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			was := n.Content
			n.Content = slices.Delete(slices.Clone(was), i, i+1)
			b.born(item.Line, "%s without %s", key, named(item))
			n.Content = was
			b.walk(item, key)
		}
	case yaml.ScalarNode:
		was := n.Value
		for _, n.Value = range b.others(n, key) {
			b.born(n.Line, "%s %q is %q", key, was, n.Value)
		}
		n.Value = was
	default: // an alias: what it stands for is changed where it stands
	}
}

// fields changes the fields of a row, takes each away and puts those marks there
// that it does not have.
func (b *breeder) fields(n *yaml.Node, key string) {
	was := n.Content
	missing := map[string]string{}
	switch {
	case key == "fields":
		missing = map[string]string{"secret": "true", "never": "true"}
	case key == "kinds":
		missing = map[string]string{"hosting": "hds"}
	case key == "purposes":
		missing = map[string]string{"person-signs": "true"}
	}
	for i := 0; i < len(was); i += 2 {
		name := was[i].Value
		delete(missing, name)
		if name == "version" || name == "sources" || name == "source" {
			continue
		}
		n.Content = slices.Delete(slices.Clone(was), i, i+2)
		b.born(was[i].Line, "%s without %s", named(n), name)
		n.Content = was
		b.walk(was[i+1], name)
	}
	for name, value := range missing {
		n.Content = append(slices.Clone(was), &yaml.Node{Kind: yaml.ScalarNode, Value: name}, &yaml.Node{Kind: yaml.ScalarNode, Value: value})
		b.born(n.Line, "%s with %s", named(n), name)
	}
	n.Content = was
}

// named is how a row is called in a report.
func named(n *yaml.Node) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "code" {
			return n.Content[i+1].Value
		}
	}
	if len(n.Content) > 1 {
		return n.Content[0].Value + " " + n.Content[1].Value
	}
	return n.Value
}

// others are the values that a scalar could have by mistake.
func (b *breeder) others(n *yaml.Node, key string) []string {
	switch {
	case n.Tag == "!!bool":
		return []string{strconv.FormatBool(n.Value != "true")}
	case n.Tag == "!!int":
		return numbers(n.Value)
	case spans.MatchString(n.Value):
		return otherSpans(n.Value)
	case key == "opens" || key == "closes" || key == "from":
		return otherDays(n.Value)
	case key == "masks":
		return []string{n.Value[1:], n.Value + "9", strings.NewReplacer("9", "A", "A", "9", "*", "9").Replace(n.Value[:1]) + n.Value[1:]}
	case key == "first" || key == "provisional":
		return []string{n.Value[1:], n.Value + "9"}
	}
	if all := b.enumerated(key); slices.Contains(all, n.Value) {
		return []string{all[(slices.Index(all, n.Value)+1)%len(all)]}
	}
	out := []string{n.Value + "x"}
	for _, at := range digits.FindAllStringIndex(n.Value, -1) {
		for _, other := range numbers(n.Value[at[0]:at[1]]) {
			out = append(out, n.Value[:at[0]]+other+n.Value[at[1]:])
		}
	}
	return out
}

// enumerated lists what a field can hold, where that is a list.
func (b *breeder) enumerated(key string) []string {
	switch key {
	case "kinds", "also":
		return b.kinds
	case "uses", "purposes":
		return b.uses
	case "event":
		return texts(papers.Events())
	case "if":
		return texts(papers.Questions())
	case "who":
		return texts([]papers.Who{papers.WhoMe, papers.WhoHousehold, papers.WhoEach, papers.WhoChildren})
	case "tell":
		return texts([]papers.Told{papers.TellPerson, papers.TellStructure})
	case "picture":
		return texts([]papers.Pictogram{papers.PictogramNumber, papers.PictogramMoney, papers.PictogramText})
	case "key":
		return texts([]papers.Key{papers.KeyNIR, papers.KeyIBAN})
	case "evidence", "phone-evidence":
		return texts([]papers.Evidence{papers.Verified, papers.Secondary, papers.Memory})
	case "drawer":
		return []string{"identite", "logement", "ressources", "impots", "banque", "sante", "famille", "emploi", "vehicule", "justice", "sejour", "personnel", "identifiants"}
	default:
		return nil
	}
}

func texts[S ~string](in []S) (out []string) {
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}

var (
	spans  = regexp.MustCompile(`^P([0-9]+[YMD])+$`)
	part   = regexp.MustCompile(`([0-9]+)([YMD])`)
	digits = regexp.MustCompile(`[0-9]+`)
)

// otherSpans changes each number and each unit of a length of time.
func otherSpans(s string) (out []string) {
	for _, at := range part.FindAllStringSubmatchIndex(s, -1) {
		number, unit := s[at[2]:at[3]], s[at[4]:at[5]]
		for _, other := range numbers(number) {
			out = append(out, s[:at[2]]+other+s[at[3]:])
		}
		if number != "0" { // no time at all is the same in every unit
			out = append(out, s[:at[4]]+map[string]string{"D": "M", "M": "Y", "Y": "M"}[unit]+s[at[5]:])
		}
	}
	return out
}

// otherDays changes the month and the day of MM-DD.
func otherDays(s string) (out []string) {
	month, day, _ := strings.Cut(s, "-")
	for _, other := range numbers(month) {
		out = append(out, fmt.Sprintf("%02s-%s", other, day))
	}
	for _, other := range numbers(day) {
		out = append(out, fmt.Sprintf("%s-%02s", month, other))
	}
	return out
}

// numbers are one more and, where there is, one less.
func numbers(s string) []string {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	out := []string{strconv.FormatInt(n+1, 10)}
	if n > 0 {
		out = append(out, strconv.FormatInt(n-1, 10))
	}
	return out
}
