module github.com/kubenames/kubenames/test/build

go 1.26.0
