// Package prints makes the pages that people take home or sign: the code sheet,
// the receipt of a consent, the mandate, the slip that takes it back, the summary
// of a côte-à-côte session, *Qui a vu mes papiers*, the departure report, the
// letter of the 48 hours, the slips for an address and for a login, the service
// information, the recovery sheets and their letter, the digital passport, what
// was on a lost copy, what to change and what to bring, the certificate of a cycle
// of workshops, and the statement that an office notebook was destroyed.
//
// Each is made as a tagged PDF document (package pdf below), and as one HTML page
// for what only a browser can set: names in a script that the embedded fonts do
// not have. Both say the same in the same order, and need nothing else: no
// script, no font, no picture from anywhere, black on white, A4 (a digital passport
// also A5 or cards). A page says in
// its head that nothing may be loaded. Every sentence comes from package texts;
// what people typed is escaped by html/template and never becomes markup.
// Whatever is made is bytes in memory: whoever asks for a code sheet prints it
// once and keeps it nowhere.
//
// The package decides nothing, holds no key and reads no clock. Keys, the trail
// and the network may not enter.
package prints
