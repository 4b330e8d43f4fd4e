package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal/attack"
)

// checkOperator plays an operator who wants to read: with the disk, the bucket,
// the second place and every secret of the service, and without the service, they
// try everything on everything (L-07, CPCE L.103 4°).
func (d *development) checkOperator(ctx context.Context, locked, open []tour.Marker) (string, error) {
	var thief attack.Thief
	if err := d.robKeys(&thief); err != nil {
		return "", err
	}
	stores := d.srv.Stores()
	for _, b := range []storage.Bucket{stores.Bucket, stores.Anchors} {
		if err := robBucket(ctx, b, &thief); err != nil {
			return "", err
		}
	}
	if err := d.robDisk(&thief); err != nil {
		return "", err
	}
	opened, err := thief.Open(ctx)
	if err != nil {
		return "", err
	}
	forbidden, expected, found := tour.NewNet(locked), tour.NewNet(open), map[string]bool{}
	for _, plain := range opened {
		if what := forbidden.Catch(plain); len(what) > 0 {
			return "", fmt.Errorf("the operator reads the %s: %w", what[0], errFindings)
		}
		for _, what := range expected.Catch(plain) {
			found[what] = true
		}
	}
	for _, m := range open {
		if !found[m.What] {
			return "", fmt.Errorf("the operator does not even read the %s: this attempt proves nothing: %w", m.What, errFindings)
		}
	}
	return fmt.Sprintf("with disk, bucket, second place and every key of the service, what is entrusted or granted was read and nothing that is locked; %d sealed things opened, %d age files stayed shut",
		len(opened), thief.Closed()), nil
}

// robKeys takes the master, and what is derived from the pepper. The signing key
// opens nothing.
func (d *development) robKeys(thief *attack.Thief) error {
	secrets, err := server.Secrets(d.cfg)
	if err != nil {
		return err
	}
	thief.Take(secrets.Master.Text().Reveal())
	for _, use := range []string{"coffre/state/v1", "coffre/journal/v1", "coffre/pseudonym/v1", "coffre/pin/v1", "coffre/page/v1", "coffre/requests/v1"} {
		key, err := hkdf.Key(sha256.New, secrets.Pepper.Reveal(), nil, use, sha256.Size)
		if err != nil {
			return fmt.Errorf("pepper: %w", err)
		}
		thief.TakeJournalKey(key)
	}
	return nil
}

func robBucket(ctx context.Context, b storage.Bucket, thief *attack.Thief) error {
	for info, err := range b.List(ctx, "", "") {
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		raw, err := whole(ctx, b, info)
		if err != nil {
			return err
		}
		thief.Take(raw)
	}
	return nil
}

// robDisk takes every file but the prints, which people carry home.
func (d *development) robDisk(thief *attack.Thief) error {
	return filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{dirPrints, dirBucket, dirAnchors}, e.Name()):
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		raw, err := os.ReadFile(path) //nolint:gosec // below the operator's own folder
		if err != nil {
			return fmt.Errorf("disk: %w", err)
		}
		thief.Take(raw)
		robRows(raw, thief)
		return nil
	})
}

// robRows takes the sealed rows of a bbolt file, be it the trail or the state,
// page by page: what was deleted and not overwritten yet is a row like the others.
func robRows(file []byte, thief *attack.Thief) {
	leaves, rows := map[string][][]byte{}, map[string][][]byte{}
	for key, value := range boltRows(file) {
		rows[key] = append(rows[key], value)
		// A leaf of the trail says what the detail of the same number belongs to.
		if len(key) == 8 && len(value) > 4 && value[0] == 1 && value[1] <= 4 {
			ad := append([]byte("coffre/detail/v1"), value[2], value[3], value[1])
			leaves[key] = append(leaves[key], ad)
		}
	}
	for key, values := range rows {
		for _, value := range values {
			for head, ads := range rowNames(key) {
				if head == 0 {
					ads = append(ads, leaves[key]...)
				}
				if len(value) > head && value[head] == 1 {
					thief.TakeDetail(value[head:], ads...)
				}
			}
		}
	}
}

// rowNames are the names under which a row of the state may be sealed, by how many
// bytes stand before the sealed part.
func rowNames(key string) map[int][][]byte {
	digits := hex.EncodeToString([]byte(key))
	names := map[int][][]byte{
		0:  {[]byte("local/" + key), []byte("consent/" + digits), []byte("anomaly/" + digits)},
		8:  {[]byte("session/" + digits)},
		64: {[]byte("request/" + digits)},
	}
	if len(key) == len(vault.ApprovalID{}) {
		names[0] = append(names[0], []byte("approval/"+vault.ApprovalID([]byte(key)).String()))
	}
	return names
}

// boltRows yields what stands in the leaf pages of a bbolt file: a header of 16
// bytes (number, flags, count, overflow), then for each row 16 bytes (flags, where
// its key begins, the lengths of key and value).
func boltRows(file []byte) iter.Seq2[string, []byte] {
	const header, element, leafPage = 16, 16, 2
	return func(yield func(string, []byte) bool) {
		if len(file) < 28 {
			return
		}
		size := int(binary.NativeEndian.Uint32(file[24:]))
		if size < header || size > 1<<20 {
			return // no bbolt file
		}
		for at := 0; at+header <= len(file); at += size {
			page := file[at:]
			if binary.NativeEndian.Uint16(page[8:]) != leafPage {
				continue
			}
			for i := range int(binary.NativeEndian.Uint16(page[10:])) {
				row := header + i*element
				if row+element > len(page) {
					break
				}
				key := row + int(binary.NativeEndian.Uint32(page[row+4:]))
				value := key + int(binary.NativeEndian.Uint32(page[row+8:]))
				end := value + int(binary.NativeEndian.Uint32(page[row+12:]))
				if end <= len(page) && !yield(string(page[key:value]), page[value:end]) {
					return
				}
			}
		}
	}
}
