SELECT "a
b" FROM "x
y"