package papers_test

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/coffre-fort/coffre/vault/papers"
)

// Each row says where it comes from, of which day that is, and when somebody
// compared them, never before that day; and no source is named for nothing.
func TestEveryRowNamesItsSource(t *testing.T) {
	t.Parallel()
	c, sources := load(t), map[papers.Topic]map[papers.Source]int{}
	row := func(topic papers.Topic, code string, s papers.Source) {
		if s.Name == "" || s.Date.IsZero() || s.Checked.Before(s.Date) {
			t.Errorf("%s: %q comes from %+v", topic.File(), code, s)
		}
		if sources[topic] == nil {
			sources[topic] = map[papers.Source]int{}
		}
		sources[topic][s]++
	}
	for _, code := range c.EveryKind() {
		k, err := c.KindInfo(code)
		if err != nil {
			t.Fatal(err)
		}
		row(papers.TopicKinds, string(code), k.Source)
	}
	for _, p := range c.Purposes() {
		row(papers.TopicPurposes, string(p.Code), p.Source)
	}
	for _, i := range c.Issuers() {
		row(papers.TopicIssuers, i.Code, i.Source)
	}
	for _, r := range c.Retentions() {
		row(papers.TopicRetention, r.Code, r.Source)
	}
	for _, f := range c.Freshnesses() {
		row(papers.TopicFreshness, f.Code, f.Source)
	}
	for _, p := range c.Packs() {
		row(papers.TopicPacks, string(p.Purpose), p.Source)
	}
	for _, b := range c.Bodies() {
		row(papers.TopicBodies, string(b.Code), b.Source)
	}
	for _, d := range c.Duties() {
		row(papers.TopicCalendar, string(d.Code), d.Source)
	}
	for _, topic := range papers.Topics() {
		if named := namedSources(t, topic); named != len(sources[topic]) {
			t.Errorf("%s names %d sources, and its rows come from %d", topic.File(), named, len(sources[topic]))
		}
	}
}

func namedSources(t *testing.T, topic papers.Topic) int {
	t.Helper()
	raw, err := os.ReadFile(topic.File())
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Sources map[string]any `yaml:"sources"`
	}
	if err := yaml.NewDecoder(strings.NewReader(string(raw))).Decode(&file); err != nil {
		t.Fatal(err)
	}
	return len(file.Sources)
}
