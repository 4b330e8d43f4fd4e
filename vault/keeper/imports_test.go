package keeper_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What holds the keys is made of these modules, and somebody has to add to the
// list on purpose. Nothing in it unpacks an archive, draws a picture or starts
// another program.
func TestTheKeeperIsMadeOfFewModules(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{else}}std {{$.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		std, is := strings.CutPrefix(name, "std ")
		switch first, _, _ := strings.Cut(std, "/"); {
		case !is && !slices.Contains(modules, name):
			modules = append(modules, name)
		case is && (first == "archive" || first == "image" || first == "plugin" || std == "os/exec" || std == "encoding/xml"):
			t.Errorf("%s is part of it", std)
		}
	}
	slices.Sort(modules)
	want := []string{
		"filippo.io/age", "filippo.io/hpke", "github.com/coffre-fort/coffre", "github.com/coreos/go-oidc/v3",
		"github.com/gabriel-vasile/mimetype", "github.com/go-jose/go-jose/v4", "go.etcd.io/bbolt", "go.yaml.in/yaml/v3",
		"golang.org/x/crypto", "golang.org/x/mod", "golang.org/x/oauth2", "golang.org/x/sync", "golang.org/x/sys",
		"golang.org/x/text", "google.golang.org/protobuf",
	}
	if !slices.Equal(modules, want) {
		t.Errorf("modules %q\nwant    %q", modules, want)
	}
}
