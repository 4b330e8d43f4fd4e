package papers

import "io/fs"

// LoadFrom reads a catalogue from other files than those of the program.
func LoadFrom(files fs.FS) (*Catalogue, error) { return load(files) }
