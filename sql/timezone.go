package sql

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// checkTimeZone gives a zone the name that SHOW prints: offsets become POSIX names, "<+03>-03".
func checkTimeZone(v string) (string, error) {
	switch strings.ToUpper(v) {
	case "", "Z", "UTC":
		return "UTC", nil
	}
	if seconds, ok := zoneOffset(v); ok {
		return posixZone(seconds), nil
	}
	if strings.EqualFold(v, "localtime") || strings.EqualFold(v, "default") {
		return "UTC", nil
	}
	loc, err := types.LoadZoneName(v)
	if err != nil {
		return "", pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"TimeZone\": %q", v)
	}
	if strings.EqualFold(loc.String(), v) {
		return loc.String(), nil // as the zone database spells it
	}
	return v, nil
}

var zoneInterval = regexp.MustCompile(`^INTERVAL '([+-]?)(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?'$`)

// zoneOffset reads hours, or an interval as SET TIME ZONE takes it, as seconds east of Greenwich.
func zoneOffset(v string) (int, bool) {
	if hours, err := strconv.ParseFloat(v, 64); err == nil && math.Abs(hours) < 168 {
		return int(math.Round(hours * 3600)), true
	}
	m := zoneInterval.FindStringSubmatch(v)
	if m == nil {
		return 0, false
	}
	seconds := 0
	for _, part := range m[2:] {
		n, _ := strconv.Atoi(part) // empty is none
		seconds = seconds*60 + n
	}
	if m[1] == "-" {
		seconds = -seconds
	}
	return seconds, true
}

// posixZone is the name of an offset: what is printed in <>, then the offset west of Greenwich.
func posixZone(seconds int) string {
	return "<" + signedOffset(seconds) + ">" + signedOffset(-seconds)
}

func signedOffset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := fmt.Sprintf("%s%02d", sign, seconds/3600)
	if m, s := seconds/60%60, seconds%60; m != 0 || s != 0 {
		text += fmt.Sprintf(":%02d", m)
		if s != 0 {
			text += fmt.Sprintf(":%02d", s)
		}
	}
	return text
}
