package texts

// AskEntrust is asked when a safe is opened, drawer by drawer. Nothing is ticked
// before: who does not say yes entrusts nothing.
const AskEntrust Sentence = "Si vous oubliez votre feuille, le service peut-il vous aider avec votre PIN ? C'est pour le tiroir {drawer}."

// EntrustUntilHandover is said with it where the agreement is for the time of a
// workshop only.
const EntrustUntilHandover Sentence = "Cela s'arrête le jour où le coffre vous est remis."
