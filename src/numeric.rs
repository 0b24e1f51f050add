//! Elementary functions that give the same bits on every machine, and loops over lanes.
//!
//! The system's `exp` and `ln` differ in their last digits between platforms, so results would too.
//! These polynomials use only IEEE 754 addition, multiplication and division (exactly rounded
//! everywhere), no fused multiply-add and no branches, so that loops over lanes become vector code.

/// Number of lanes: replications in a batch, whose physics are computed together.
///
/// Results do not depend on it; it only shapes the inner loops.
pub const LANES: usize = 16;

/// Runs lane code with the widest vectors of the processor.
///
/// Code inlined into `code` is compiled once for each instruction set (SSE2, AVX2, AVX-512; one
/// elsewhere) and chosen at run time. All give the same bits: IEEE 754 operations do not depend on
/// the width, and none is fused.
#[inline(always)]
pub fn vectorised<R>(code: impl FnOnce() -> R) -> R {
    struct Code<F>(F);
    impl<R, F: FnOnce() -> R> pulp::WithSimd for Code<F> {
        type Output = R;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> R {
            (self.0)()
        }
    }
    pulp::Arch::new().dispatch(Code(code))
}

/// Computes a value for each lane. The plain loop becomes vector code; `array::map` does not.
#[inline(always)]
pub fn lanes<T: Copy + Default, const L: usize>(mut value: impl FnMut(usize) -> T) -> [T; L] {
    let mut all = [T::default(); L];
    for l in 0..L {
        all[l] = value(l);
    }
    all
}

/// Adds a row to another. The sum is computed in full before it is written back: the compiler
/// cannot exclude that rows overlap, so a loop that writes while it reads does not become vector
/// code.
#[inline(always)]
pub fn add<const L: usize>(to: &mut [f64; L], row: &[f64; L]) {
    let from = *to;
    *to = lanes(|l| from[l] + row[l]);
}

/// Returns whether a condition holds in some lane. All lanes are evaluated, because a loop with an
/// early exit does not become vector code.
#[inline(always)]
pub fn any<const L: usize>(mut holds: impl FnMut(usize) -> bool) -> bool {
    let mut any = false;
    for l in 0..L {
        any |= holds(l);
    }
    any
}

/// Half the width of a 95 % interval in standard errors.
pub const TWO_SIDED_95: f64 = 1.959_963_984_540_054;

const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// Returns e^x, with a relative error below 4e-16. The argument is clamped to ±708, so the result
/// is finite and positive.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    // 1.5 · 2^52: adding it rounds to the nearest integer.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let x = x.clamp(-708.0, 708.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HI) - n * LN2_LO;
    let mut p = 1.0 / 6_227_020_800.0;
    for c in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
    ] {
        p = p * r + c;
    }
    let mantissa = 1.0 + (r + r * r * p);
    let exponent = (shifted.to_bits() as u32 as i32 as i64 + 1023) << 52;
    mantissa * f64::from_bits(exponent as u64)
}

/// Returns the natural logarithm of a positive, normal number, with a relative error below 2e-16
/// (fdlibm's series).
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    let bits = x.to_bits() as i64;
    let e = (bits - 0x3fe6_a09e_667f_3bcd) >> 52;
    let m = f64::from_bits((bits - (e << 52)) as u64); // in [√½, √2)
    let k = e as f64;
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let mut r = 1.479_819_860_511_658_6e-1;
    for c in [
        1.531_383_769_920_937_3e-1,
        1.818_357_216_161_805e-1,
        2.222_219_843_214_978_4e-1,
        2.857_142_874_366_239e-1,
        3.999_999_999_940_942e-1,
        6.666_666_666_666_735e-1,
    ] {
        r = r * z + c;
    }
    r *= z;
    let half = 0.5 * f * f;
    k * LN2_HI - ((half - (s * (half + r) + k * LN2_LO)) - f)
}

/// Returns the logistic function 1/(1 + e^−x).
#[inline(always)]
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// Returns the smallest number of which both are divisors.
pub fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut divisor, mut rest) = (a, b);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    a / divisor * b
}

/// Returns x^n by repeated multiplication (portable, unlike the platform's `powi`).
#[inline]
pub fn power(x: f64, n: usize) -> f64 {
    (0..n).fold(1.0, |product, _| product * x)
}

#[inline(always)]
fn ratio(numerator: [f64; 8], denominator: [f64; 7], x: f64) -> f64 {
    let top = numerator.iter().rev().fold(0.0, |sum, c| sum * x + c);
    let bottom = denominator.iter().rev().fold(0.0, |sum, c| sum * x + c) * x + 1.0;
    top / bottom
}

/// Returns the standard normal quantile at u ∈ (0, 1), with a relative error of about 1e-16.
///
/// Source: M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution",
/// Applied Statistics 37 (1988) 477–484.
pub fn normal_quantile(u: f64) -> f64 {
    normal_quantiles(&[u])[0]
}

/// Computes [`normal_quantile`] for several uniforms. The central and middle branches are both
/// computed without a jump, the far tail only where needed.
#[inline(always)]
pub fn normal_quantiles<const L: usize>(uniforms: &[f64; L]) -> [f64; L] {
    const FAR: f64 = 5.0;
    let (mut normals, mut depth) = ([0.0; L], [0.0; L]);
    for l in 0..L {
        let u = uniforms[l];
        let q = u - 0.5;
        let centre = q * ratio(CENTRE.0, CENTRE.1, 0.180_625 - q * q);
        let r = (-ln(u.min(1.0 - u))).sqrt();
        let magnitude = ratio(MIDDLE.0, MIDDLE.1, r - 1.6);
        let tail = if q < 0.0 { -magnitude } else { magnitude };
        depth[l] = r;
        normals[l] = if q.abs() <= 0.425 { centre } else { tail };
    }
    if depth.iter().any(|r| *r > FAR) {
        for l in 0..L {
            if depth[l] > FAR {
                let magnitude = ratio(TAIL.0, TAIL.1, depth[l] - FAR);
                normals[l] = if uniforms[l] < 0.5 { -magnitude } else { magnitude };
            }
        }
    }
    normals
}

type Coefficients = ([f64; 8], [f64; 7]);
const CENTRE: Coefficients = (
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_66e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
);
const MIDDLE: Coefficients = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);
const TAIL: Coefficients = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

/// Running mean and standard deviation of a sequence of numbers (Welford 1962).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Running {
    /// Count of numbers added.
    pub n: u64,
    mean: f64,
    squares: f64,
}

impl Running {
    /// Adds a number; NaN is ignored.
    pub fn add(&mut self, x: f64) {
        if x.is_nan() {
            return;
        }
        self.n += 1;
        let step = x - self.mean;
        self.mean += step / self.n as f64;
        self.squares += step * (x - self.mean);
    }

    /// Returns the mean; NaN if there are no numbers.
    pub fn mean(&self) -> f64 {
        if self.n > 0 { self.mean } else { f64::NAN }
    }

    /// Returns the sample standard deviation; NaN for fewer than two numbers.
    pub fn sd(&self) -> f64 {
        if self.n > 1 { (self.squares / (self.n - 1) as f64).sqrt() } else { f64::NAN }
    }

    /// Returns the standard error of the mean; NaN for fewer than two numbers.
    pub fn se(&self) -> f64 {
        self.sd() / (self.n as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_mean_is_the_mean() {
        let mut running = Running::default();
        assert!(running.mean().is_nan() && running.se().is_nan());
        [2.0, f64::NAN, 4.0, 9.0].into_iter().for_each(|x| running.add(x));
        assert!(
            (running.mean() - 5.0).abs() < 1e-12 && (running.sd() - 13f64.sqrt()).abs() < 1e-12
        );
        assert!((running.se() - (13f64 / 3.0).sqrt()).abs() < 1e-12);
    }
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    proptest! {
        #[test]
        fn exp_and_ln_agree_with_the_system_to_a_few_units_in_the_last_place(
            x in -700.0f64..700.0,
        ) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 1e-15);
            let y = x.exp();
            prop_assert!((ln(y) - y.ln()).abs() <= 4e-16 * y.ln().abs().max(1e-300) + 1e-300);
        }
    }

    #[test]
    fn ln_is_exact_at_one_and_accurate_beside_it() {
        assert_eq!(ln(1.0), 0.0);
        for x in [1.0 + 1e-12, 1.0 - 1e-12, 0.75, 1.5] {
            assert!((ln(x) / x.ln() - 1.0).abs() < 4e-16, "{x}");
        }
    }

    #[test]
    fn normal_quantile_inverts_an_independent_distribution_function() {
        let normal = Normal::standard();
        for i in 1..2000 {
            let u = i as f64 / 2000.0;
            assert!((normal.cdf(normal_quantile(u)) - u).abs() < 1e-9, "{u}");
        }
        // From another implementation (Python's statistics.NormalDist).
        assert!((normal_quantile(0.2095) + 0.808_157_361_234_174_9).abs() < 1e-15);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((normal_quantile(1e-12) + 7.034_483_825_301_131).abs() < 1e-8);
    }
}
