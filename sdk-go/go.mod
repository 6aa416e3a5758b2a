module edgewasm.dev/edge

go 1.24
