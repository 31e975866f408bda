package funcs

import "math"

// Trigonometry in degrees is exact at the multiples of 30 and 45 where the mathematical result is: the argument is reduced to the first
// octant-sized range first, and the library's result there is scaled by its own value at the exact point.

func degreeFunc(fn func(float64) float64) Func { return float1Checked(finite, fn) }

// These are variables so that they are computed by the same float64 steps as the arguments, not exactly as Go's constants are.
var (
	radiansPerDegree = math.Pi / 180
	thirty, sixty    = 30.0, 60.0

	sin30    = math.Sin(thirty * radiansPerDegree)
	cos60    = 1 - math.Cos(sixty*radiansPerDegree)
	tan45    = sindQuadrant(45) / cosdQuadrant(45)
	asinHalf = math.Asin(0.5)
	acosHalf = math.Acos(0.5)
	atanOne  = math.Atan(1)
)

// sindQuadrant is the sine for 0 to 90 degrees.
func sindQuadrant(x float64) float64 {
	if x <= 30 {
		return math.Sin(x*radiansPerDegree) / sin30 / 2
	}
	return 1 - (1-math.Cos((90-x)*radiansPerDegree))/cos60/2
}

func cosdQuadrant(x float64) float64 {
	if x <= 60 {
		return 1 - (1-math.Cos(x*radiansPerDegree))/cos60/2
	}
	return math.Sin((90-x)*radiansPerDegree) / sin30 / 2
}

// reduce brings an angle to 0..90 degrees and tells the sign of its sine and of its cosine.
func reduce(x float64) (angle, sinSign, cosSign float64) {
	x = math.Mod(x, 360)
	sinSign, cosSign = 1, 1
	if x < 0 {
		x, sinSign = -x, -1
	}
	if x > 180 {
		x, sinSign = 360-x, -sinSign
	}
	if x > 90 {
		x, cosSign = 180-x, -1
	}
	return x, sinSign, cosSign
}

func sind(x float64) float64 {
	a, s, _ := reduce(x)
	return s * sindQuadrant(a)
}

func cosd(x float64) float64 {
	a, _, c := reduce(x)
	return c * cosdQuadrant(a)
}

func tand(x float64) float64 {
	a, s, c := reduce(x)
	return noNegativeZero(s * c * (sindQuadrant(a) / cosdQuadrant(a)) / tan45)
}

func cotd(x float64) float64 {
	a, s, c := reduce(x)
	return noNegativeZero(s * c * (cosdQuadrant(a) / sindQuadrant(a)) / (1 / tan45))
}

func noNegativeZero(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v
}

// asindQuadrant is the arc sine for 0 to 1.
func asindQuadrant(x float64) float64 {
	if x <= 0.5 {
		return math.Asin(x) / asinHalf * 30
	}
	return 90 - math.Acos(x)/acosHalf*60
}

func acosdQuadrant(x float64) float64 {
	if x <= 0.5 {
		return 90 - math.Asin(x)/asinHalf*30
	}
	return math.Acos(x) / acosHalf * 60
}

func asind(x float64) float64 {
	if x < 0 {
		return -asindQuadrant(-x)
	}
	return asindQuadrant(x)
}

func acosd(x float64) float64 {
	if x < 0 {
		return 90 + asindQuadrant(-x)
	}
	return acosdQuadrant(x)
}

func atand(x float64) float64     { return math.Atan(x) / atanOne * 45 }
func atan2d(y, x float64) float64 { return math.Atan2(y, x) / atanOne * 45 }
