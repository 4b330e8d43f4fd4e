package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// errByHand says that the file is not written the way init writes it.
var errByHand = errors.New("the secrets of this configuration have to be changed by hand")

// NextMaster is the file in which the master after the configured one belongs:
// beside it, with its number.
func (c Config) NextMaster() string {
	return besideMaster(c.Secrets.MasterFile, c.Secrets.MasterEpoch+1)
}

func besideMaster(file string, epoch uint64) string {
	return filepath.Join(filepath.Dir(file), fmt.Sprintf("master-%d.txt", epoch))
}

// ReplaceMaster writes a configuration anew in which the next master has taken
// the place of the present one, which becomes a former one; comments and all
// other lines stay. What it answers was read back. It refuses a file whose secrets
// do not stand the way init writes them, one a line. Relative paths start at dir.
func ReplaceMaster(raw []byte, dir string) ([]byte, error) {
	before, err := Parse(raw, dir)
	if err != nil {
		return nil, err
	}
	was, err := masterLine(raw)
	if err != nil {
		return nil, err
	}
	now := before.Secrets.MasterEpoch
	return replaceMaster(raw, dir, before, Secrets{
		MasterFile: besideMaster(was, now+1), MasterEpoch: now + 1,
		FormerMasters: append(slices.Clip(before.Secrets.FormerMasters), FormerMaster{Epoch: now, File: was}),
	})
}

// DropMaster writes a configuration anew without a former master; see
// [ReplaceMaster].
func DropMaster(raw []byte, dir string, epoch uint64) ([]byte, error) {
	before, err := Parse(raw, dir)
	if err != nil {
		return nil, err
	}
	was, err := masterLine(raw)
	if err != nil {
		return nil, err
	}
	return replaceMaster(raw, dir, before, Secrets{
		MasterFile: was, MasterEpoch: before.Secrets.MasterEpoch,
		FormerMasters: slices.DeleteFunc(slices.Clone(before.Secrets.FormerMasters), func(f FormerMaster) bool { return f.Epoch == epoch }),
	})
}

// replaceMaster puts the lines of the masters in, and reads the whole back.
func replaceMaster(raw []byte, dir string, before Config, s Secrets) ([]byte, error) {
	var out []string
	skipping := false
	for line := range strings.Lines(string(raw)) {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		switch name, _, _ := strings.Cut(strings.TrimSpace(line), ":"); {
		case name == "former_masters":
			skipping = true
		case skipping && strings.HasPrefix(strings.TrimSpace(line), "- "):
		case name == "master_file":
			out = append(out, fmt.Sprintf("%smaster_file: %q\n", indent, s.MasterFile))
		case name == "master_epoch":
			out = append(out, fmt.Sprintf("%smaster_epoch: %d\n", indent, s.MasterEpoch))
			if len(s.FormerMasters) > 0 {
				out = append(out, indent+"former_masters:\n")
			}
			for _, f := range s.FormerMasters {
				out = append(out, fmt.Sprintf("%s  - {epoch: %d, file: %q}\n", indent, f.Epoch, f.File))
			}
		default:
			skipping = false
			out = append(out, line)
		}
	}
	made := []byte(strings.Join(out, ""))
	after, err := Parse(made, dir)
	if err != nil || !before.sameBut(after, s, dir) {
		return nil, errors.Join(errByHand, err)
	}
	return made, nil
}

// sameBut reports whether after is this configuration with other masters.
func (c Config) sameBut(after Config, masters Secrets, dir string) bool {
	file := masters.MasterFile
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	now := after.Secrets
	if now.MasterFile != file || now.MasterEpoch != masters.MasterEpoch || len(now.FormerMasters) != len(masters.FormerMasters) {
		return false
	}
	after.Secrets.MasterFile, after.Secrets.MasterEpoch, after.Secrets.FormerMasters = c.Secrets.MasterFile, c.Secrets.MasterEpoch, c.Secrets.FormerMasters
	return reflect.DeepEqual(after, c)
}

// masterLine finds what the only line says that gives master_file.
func masterLine(raw []byte) (string, error) {
	found := regexp.MustCompile(`(?m)^ +master_file: *(?:"([^"\\\n]*)"|([^\s#"'|>&*][^\s#]*)) *(?:#.*)?$`).FindAllSubmatch(raw, -1)
	if len(found) != 1 {
		return "", errByHand
	}
	return string(found[0][1]) + string(found[0][2]), nil
}
