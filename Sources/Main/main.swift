import actrec

runActrec()
