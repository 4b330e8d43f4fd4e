package config

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

const aNode = `
listen: 0.0.0.0:8443
public_url: https://coffre.example.fr
tls: {cert_file: cert.pem, key_file: key.pem}
bucket: {dir: /srv/bucket}
keeper: {dial: "keeper.example.fr:8444", ca_file: ca.pem, cert_file: node.pem, key_file: node-key.pem}
`

// aKeeper is a whole configuration made a keeper's, as operations.md says.
func aKeeper(t *testing.T) string {
	t.Helper()
	text := regexp.MustCompile(`(?m)^(listen: .*|reflection: .*|tls:\n  cert_file: .*\n  key_file: .*)$`).ReplaceAllString(filledIn(t), "")
	return text + "\nkeeper_listen: {address: \"unix:///run/c/keeper.sock\"}\n"
}

func TestNodeAndKeeperReadBack(t *testing.T) {
	t.Parallel()
	node, err := Parse([]byte(aNode), "/etc/coffre")
	if err != nil || node.Keeper.CAFile != "/etc/coffre/ca.pem" || node.Keeper.KeyFile != "/etc/coffre/node-key.pem" || Socket(node.Keeper.Dial) != "" {
		t.Errorf("a node: %+v, %v", node.Keeper, err)
	}
	keeper, err := Parse([]byte(aKeeper(t)), "/etc/coffre")
	if err != nil || Socket(keeper.KeeperListen.Address) != "/run/c/keeper.sock" {
		t.Errorf("a keeper: %+v, %v", keeper.KeeperListen, err)
	}
}

// A node that names a secret, or anything that only the keeper has, is refused
// with the reason; so is a way between them that either end could not believe.
func TestNeitherSideHasWhatIsTheOthers(t *testing.T) {
	t.Parallel()
	keeper := aKeeper(t)
	for _, c := range []struct{ text, field string }{
		{aNode + "secrets: {master_file: x}", "secrets: no secret on an API node"},
		{aNode + "secrets: {pepper_file: x}", "secrets: no secret"},
		{aNode + "secrets: {former_masters: [{epoch: 1, file: x}]}", "secrets: no secret"},
		{aNode + "data_dir: x", "data_dir: belongs to the keeper's file"},
		{aNode + "anchors: {dir: x}", "anchors: belongs"},
		{aNode + "single_keeper: true", "single_keeper: belongs"},
		{aNode + "hosting: {hds: true}", "hosting: belongs"},
		{aNode + "trail_retention: 6y", "trail_retention: belongs"},
		{aNode + "issuers: [{name: a, display_name: b, issuer: https://x.fr, client_id: c}]", "issuers: belongs"},
		{aNode + `keeper_listen: {address: "unix:///x"}`, "keeper or keeper_listen, not both"},
		{strings.Replace(aNode, "ca_file: ca.pem, ", "", 1), "keeper.ca_file: is required"},
		{strings.Replace(aNode, "cert_file: node.pem, ", "", 1), "keeper.cert_file: is required"},
		{strings.Replace(aNode, "keeper.example.fr:8444", "keeper.example.fr", 1), "keeper.dial: host:port"},
		{strings.Replace(aNode, "keeper.example.fr:8444", "unix:///run/x.sock", 1), "keeper.ca_file: a unix socket has no certificates"},
		{strings.Replace(aNode, "listen: 0.0.0.0:8443", "", 1), "listen: is required"},
		{strings.Replace(aNode, "bucket: {dir: /srv/bucket}", "", 1), "bucket: exactly one"},
		{keeper + "listen: 0.0.0.0:8443", "listen: the keeper serves API nodes only"},
		{keeper + "tls: {cert_file: x}", "tls: the keeper serves API nodes only"},
		{keeper + "reflection: true", "reflection: the keeper serves API nodes only"},
		{strings.Replace(keeper, "unix:///run/c/keeper.sock", "unix://run/keeper.sock", 1), "keeper_listen.address: unix:// and an absolute path"},
		{strings.Replace(keeper, "unix:///run/c/keeper.sock", "0.0.0.0:8444", 1), "keeper_listen.ca_file: is required"},
		{strings.Replace(keeper, "pepper_file:", "# pepper_file:", 1), "secrets.pepper_file: is required"},
	} {
		if _, err := Parse([]byte(c.text), "/etc/coffre"); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.field) {
			t.Errorf("want %q, have %v", c.field, err)
		}
	}
}
