package tour

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
)

// The generator of the tour's files. They are real ones: a PDF of three pages, a
// photo as a phone takes it, a page as a copier scans it. Each is the same at
// each run of one Go release, and each carries plain text about somebody who
// does not exist, to be looked for afterwards where it must not be.

// makePDF writes a PDF of one page for each list of lines (ISO 32000-1: objects,
// cross-reference table, trailer), in the built-in font Helvetica, with the photo
// on each page.
func makePDF(pages [][]string, photo []byte) []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&out, format, args...)
		out.WriteString("\nendobj\n")
	}
	const fixed = 4 // catalog, page tree, font, photo; then two objects a page
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", fixed+1+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>")
	object("<< /Type /Pages /Kids [ %s] /Count %d >>", kids.String(), len(pages))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	object("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream",
		photoWidth, photoHeight, len(photo), photo)
	for i, lines := range pages {
		var text strings.Builder
		text.WriteString("BT /F1 11 Tf 14 TL 60 780 Td\n")
		for _, line := range lines {
			fmt.Fprintf(&text, "(%s) Tj T*\n", strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(line))
		}
		text.WriteString("ET\nq 240 0 0 180 60 60 cm /P Do Q\n")
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> /XObject << /P 4 0 R >> >> >>", fixed+2+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String())
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, table)
	return out.Bytes()
}

const photoWidth, photoHeight = 2048, 1536

// makePhoto is a picture with soft light and the noise of a small sensor.
func makePhoto(seed uint64, comment string) ([]byte, error) {
	noise := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a picture, not a secret
	m := image.NewRGBA(image.Rect(0, 0, photoWidth, photoHeight))
	for y := range photoHeight {
		for x := range photoWidth {
			dx, dy := x-photoWidth/3, y-photoHeight/2
			light := 230 - (dx*dx+dy*dy)/16000
			n := int(noise.Uint32() % 12)
			m.SetRGBA(x, y, color.RGBA{clamp(light + n), clamp(light - 20 + n + x/80), clamp(light - 50 + n + y/40), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 82}); err != nil {
		return nil, fmt.Errorf("photo: %w", err)
	}
	// A comment segment right after the start of the image (ITU-T T.81 §B.2.4.5).
	raw := out.Bytes()
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xfe}, uint16(2+len(comment)))
	return bytes.Join([][]byte{raw[:2], segment, []byte(comment), raw[2:]}, nil), nil
}

// An A4 page at 300 dots an inch.
const scanWidth, scanHeight = 2480, 3508

// makeScan is a page of lines of print on paper that is never quite white: more
// than 4 MiB, so that it takes several segments to store.
func makeScan(seed uint64, text string) ([]byte, error) {
	noise := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a picture, not a secret
	m := image.NewGray(image.Rect(0, 0, scanWidth, scanHeight))
	for y := range scanHeight {
		print := y%60 < 24 && y > 200 && y < scanHeight-200
		for x := 0; x < scanWidth; x += 8 {
			bits := noise.Uint64()
			ink := print && x > 240 && x < scanWidth-240 && bits>>60 > 6
			for i := range 8 {
				v := 240 + byte(bits>>(8*i))&0x0f
				if ink {
					v = 24 + byte(bits>>(8*i))&0x1f
				}
				m.Pix[y*m.Stride+x+i] = v
			}
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, m); err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	// A text chunk right after the header chunk (PNG §11.3.3.2).
	const header = 8 + 25
	raw := out.Bytes()
	body := append([]byte("tEXt"), "Comment\x00"+text...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = binary.BigEndian.AppendUint32(append(chunk, body...), crc32.ChecksumIEEE(body))
	return bytes.Join([][]byte{raw[:header], chunk, raw[header:]}, nil), nil
}

func clamp(v int) byte { return byte(min(max(v, 0), 255)) }
