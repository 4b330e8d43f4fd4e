package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// checkBucket compares everything stored with the signed entries, looks at the
// form of each object, and looks for markers in every byte that is kept.
func (d *development) checkBucket(ctx context.Context, markers []tour.Marker) (string, error) {
	report, err := d.srv.Keeper().VerifyBucket(ctx)
	if err != nil {
		return "", fmt.Errorf("verify the bucket: %w", err)
	}
	if err := findings(report); err != nil {
		return "", err
	}
	net := tour.NewNet(markers)
	objects, err := checkObjects(ctx, d.srv.Stores().Bucket, d.cfg.Genesis.VerifyKey, net)
	if err != nil {
		return "", err
	}
	files, err := checkFiles(d.dir, net)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d safes, %d papers and %d objects are as signed; %d objects are age files or signed; none of %d markers stands in them or in %d files outside prints",
		report.Safes, report.Documents, report.Objects, objects, len(markers), files), nil
}

// findings turns what a verification found into one error.
func findings(r keeper.Report) error {
	var errs []error
	for _, f := range r.Findings {
		errs = append(errs, fmt.Errorf("%s: %w", f.Where, f.Err))
	}
	if len(errs) == 0 {
		return nil
	}
	return errors.Join(append(errs, errFindings)...)
}

// checkObjects reads every object of a bucket: each is an age file, a value
// signed by the service, or a batch of sealed details.
func checkObjects(ctx context.Context, b storage.Bucket, key seal.VerifyKey, net *tour.Net) (int, error) {
	n := 0
	for info, err := range b.List(ctx, "", "") {
		if err != nil {
			return n, fmt.Errorf("list the bucket: %w", err)
		}
		raw, err := whole(ctx, b, info)
		if err != nil {
			return n, err
		}
		if !wellFormed(string(info.Key), raw, key) {
			return n, fmt.Errorf("%s is neither an age file nor signed by the service: %w", info.Key, errFindings)
		}
		if err := marked(string(info.Key), raw, net); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// whole reads an object of any size.
func whole(ctx context.Context, b storage.Bucket, info storage.Info) ([]byte, error) {
	raw := make([]byte, 0, info.Size)
	for off := int64(0); off < info.Size; off = int64(len(raw)) {
		part, err := b.Get(ctx, info.Key, off, min(storage.MaxGet, info.Size-off))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", info.Key, err)
		}
		raw = append(raw, part...)
	}
	return raw, nil
}

func wellFormed(key string, raw []byte, by seal.VerifyKey) bool {
	if bytes.HasPrefix(raw, []byte("age-encryption.org/v1\n")) {
		return true
	}
	for _, kind := range []seal.SignedKind{seal.SignedEntry, seal.SignedLeaves, seal.SignedGravestone} {
		if _, err := seal.VerifySigned(raw, kind, by); err == nil {
			return true
		}
	}
	_, err := seal.ParseDetailBatch(raw)
	return err == nil && strings.HasPrefix(key, "v1/t/")
}

// checkFiles reads every file below dir but the prints.
func checkFiles(dir string, net *tour.Net) (int, error) {
	n := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path == filepath.Join(dir, dirPrints):
			return fs.SkipDir
		case !e.Type().IsRegular(): // a folder, or the socket
			return nil
		}
		raw, err := os.ReadFile(path) //nolint:gosec // below the operator's own folder
		if err != nil {
			return fmt.Errorf("look for markers: %w", err)
		}
		n++
		return marked(path, raw, net)
	})
	return n, err
}

// marked names a marker that stands where nothing of a person may.
func marked(where string, raw []byte, net *tour.Net) error {
	if what := append(net.Catch(raw), net.Catch([]byte(where))...); len(what) > 0 {
		return fmt.Errorf("%s holds the %s: %w", where, what[0], errFindings)
	}
	return nil
}

// checkTrail stops the server and lets the external verifier read the file.
func (d *development) checkTrail(ctx context.Context, known [][]byte) (string, error) {
	if err := d.stop(); err != nil {
		return "", err
	}
	stores, err := server.OpenStores(ctx, d.cfg)
	if err != nil {
		return "", err
	}
	report, anchors, err := verifyTrail(ctx, d.cfg, stores.Anchors, known)
	if err := errors.Join(err, stores.Close()); err != nil {
		return "", err
	}
	return trailSentence(report, anchors), nil
}

// verifyTrail lets the external verifier read a configuration's trail against
// every checkpoint of the second place and the ones that are known besides. It
// answers how many checkpoints the second place had.
func verifyTrail(ctx context.Context, cfg config.Config, anchors storage.Bucket, known [][]byte) (audit.Report, int, error) {
	v, err := server.TrailVerifier(cfg)
	if err != nil {
		return audit.Report{}, 0, err
	}
	anchored, err := server.Checkpoints(ctx, anchors)
	if err != nil {
		return audit.Report{}, 0, err
	}
	report, err := audit.Verify(ctx, server.TrailPath(cfg), v, append(anchored, known...)...)
	if err != nil {
		return report, len(anchored), fmt.Errorf("trail: %w", err)
	}
	return report, len(anchored), nil
}

func trailSentence(r audit.Report, anchors int) string {
	return fmt.Sprintf("external verifier: %d leaves, %d of them signed, root %x, %d checkpoints of the second place agree", r.Size, r.Signed, r.Root[:8], anchors)
}
