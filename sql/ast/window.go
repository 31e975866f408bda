package ast

// The bits of WindowSpec.FrameOptions. FrameNonDefault is set when a frame clause was written.
const (
	FrameNonDefault              int32 = 0x00001
	FrameRange                   int32 = 0x00002
	FrameRows                    int32 = 0x00004
	FrameGroups                  int32 = 0x00008
	FrameBetween                 int32 = 0x00010
	FrameStartUnboundedPreceding int32 = 0x00020
	FrameEndUnboundedPreceding   int32 = 0x00040
	FrameStartUnboundedFollowing int32 = 0x00080
	FrameEndUnboundedFollowing   int32 = 0x00100
	FrameStartCurrentRow         int32 = 0x00200
	FrameEndCurrentRow           int32 = 0x00400
	FrameStartOffsetPreceding    int32 = 0x00800
	FrameEndOffsetPreceding      int32 = 0x01000
	FrameStartOffsetFollowing    int32 = 0x02000
	FrameEndOffsetFollowing      int32 = 0x04000
	FrameExcludeCurrentRow       int32 = 0x08000
	FrameExcludeGroup            int32 = 0x10000
	FrameExcludeTies             int32 = 0x20000

	// FrameDefault is what applies without a frame clause: RANGE UNBOUNDED PRECEDING to CURRENT ROW.
	FrameDefault = FrameRange | FrameStartUnboundedPreceding | FrameEndCurrentRow
)

// The bits of TypeName.IntervalFields, one for each field.
const (
	IntervalMonth  int32 = 1 << 1
	IntervalYear   int32 = 1 << 2
	IntervalDay    int32 = 1 << 3
	IntervalHour   int32 = 1 << 10
	IntervalMinute int32 = 1 << 11
	IntervalSecond int32 = 1 << 12
)
