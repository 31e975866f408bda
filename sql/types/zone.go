package types

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones are known on machines without a zone database too

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// zoneNamesText lists the zones of the IANA database, a name a line, to find them in any letter case.
//
//go:embed zonenames.txt
var zoneNamesText string

// zoneAbbrevsText lists the abbreviations that Postgres' default set knows, each with its seconds east of Greenwich.
//
//go:embed zoneabbrevs.txt
var zoneAbbrevsText string

var zoneNames = sync.OnceValue(func() map[string]string {
	names := make(map[string]string)
	for name := range strings.Lines(zoneNamesText) {
		name = strings.TrimSpace(name)
		names[strings.ToLower(name)] = name
	}
	return names
})

var zoneAbbrevs = sync.OnceValue(func() map[string]int {
	abbrevs := make(map[string]int)
	for line := range strings.Lines(zoneAbbrevsText) {
		name, offset, _ := strings.Cut(strings.TrimSpace(line), " ")
		abbrevs[strings.ToLower(name)], _ = strconv.Atoi(offset)
	}
	return abbrevs
})

// zoneCache keeps loaded zones by their lower-case names.
var zoneCache sync.Map

// LoadZone finds a time zone as AT TIME ZONE does: by an abbreviation, an IANA name, or a POSIX form such as UTC+3 (west is
// positive there), in any letter case. Errors: 22023.
func LoadZone(name string) (*time.Location, error) {
	if offset, ok := zoneAbbrevs()[strings.ToLower(name)]; ok {
		return time.FixedZone(strings.ToUpper(name), offset), nil
	}
	return LoadZoneName(name)
}

// LoadZoneName is LoadZone without abbreviations, as SET TimeZone does.
func LoadZoneName(name string) (*time.Location, error) {
	lower := strings.ToLower(name)
	if loc, ok := zoneCache.Load(lower); ok {
		return loc.(*time.Location), nil
	}
	if canonical, ok := zoneNames()[lower]; ok {
		loc, err := time.LoadLocation(canonical)
		if err == nil {
			zoneCache.Store(lower, loc)
			return loc, nil
		}
	}
	if loc, ok := posixZone(name); ok {
		return loc, nil
	}
	return nil, pgerr.New(pgerrcode.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

// posixZone reads an optional name and an offset hours[:minutes[:seconds]] to the west: UTC+3, <+03>-3, +05.
func posixZone(name string) (*time.Location, bool) {
	rest, label := name, ""
	if strings.HasPrefix(rest, "<") {
		inner, after, ok := strings.Cut(rest[1:], ">")
		if !ok {
			return nil, false
		}
		label, rest = inner, after
	} else {
		i := 0
		for i < len(rest) && (rest[i]|0x20 >= 'a' && rest[i]|0x20 <= 'z') {
			i++
		}
		label, rest = strings.ToUpper(rest[:i]), rest[i:]
	}
	west, ok := parseDisplacement(rest)
	if !ok || rest == "" {
		return nil, false
	}
	return time.FixedZone(label, -west), true
}

// parseDisplacement reads [+-]hours[:minutes[:seconds]] as seconds.
func parseDisplacement(s string) (seconds int, ok bool) {
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	unit := 3600
	for part := range strings.SplitSeq(s, ":") {
		v, err := strconv.ParseUint(part, 10, 16)
		if err != nil || unit == 0 || v > 167 {
			return 0, false
		}
		seconds += int(v) * unit
		unit /= 60
	}
	if negative {
		seconds = -seconds
	}
	return seconds, true
}

// loc is the session's time zone.
func (env *Env) loc() *time.Location {
	if env.Location == nil {
		return time.UTC
	}
	return env.Location
}

// offsetAt is how many seconds a zone is east of Greenwich at a moment (Postgres microseconds, UTC).
func offsetAt(micros int64, loc *time.Location) int64 {
	if loc == time.UTC {
		return 0
	}
	_, offset := TimestampToTime(micros).In(loc).Zone()
	return int64(offset)
}

// offsetOfLocal is how many seconds a zone is east of Greenwich when its clocks show a time. A time that clocks leap over is read
// with the offset before the change, one that they show twice with the one after it, as Postgres does.
func offsetOfLocal(local int64, loc *time.Location) int64 {
	if loc == time.UTC {
		return 0
	}
	before, after := offsetAt(local-microsPerDay, loc), offsetAt(local+microsPerDay, loc)
	if before == after {
		return before
	}
	isBefore := offsetAt(local-before*microsPerSecond, loc) == before
	isAfter := offsetAt(local-after*microsPerSecond, loc) == after
	if isAfter || !isBefore && !isAfter {
		if !isAfter {
			return before
		}
		return after
	}
	return before
}

// zoned is the moment at which a zone's clocks show local.
func zoned(local int64, loc *time.Location) int64 {
	return local - offsetOfLocal(local, loc)*microsPerSecond
}

// localized is what a zone's clocks show at a moment.
func localized(micros int64, loc *time.Location) int64 {
	return micros + offsetAt(micros, loc)*microsPerSecond
}

// LocalTimestamp is timestamptz AT TIME ZONE: what clocks in loc show. Errors: 22008.
func LocalTimestamp(micros int64, loc *time.Location) (int64, error) {
	return moveZone(micros, loc, localized)
}

// ZonedTimestamp is timestamp AT TIME ZONE: the moment when clocks in loc show it. Errors: 22008.
func ZonedTimestamp(micros int64, loc *time.Location) (int64, error) {
	return moveZone(micros, loc, zoned)
}

func moveZone(micros int64, loc *time.Location, move func(int64, *time.Location) int64) (int64, error) {
	if isInfiniteTimestamp(micros) {
		return micros, nil
	}
	v := move(micros, loc)
	if !validTimestamp(v) {
		return 0, timestampOutOfRange()
	}
	return v, nil
}

// isFixedZone tells a zone that has one offset at all times, as far as a look at a whole year shows.
func isFixedZone(loc *time.Location) bool {
	first := offsetAt(0, loc)
	for month := int64(1); month <= 12; month++ {
		if offsetAt(month*daysPerMonth*microsPerDay, loc) != first {
			return false
		}
	}
	return true
}
