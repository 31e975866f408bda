//go:build !amd64

package membw

func loops() []loop { return []loop{{"plain", readPlain}} }
