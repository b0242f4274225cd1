/** P(Z ≤ z) of the standard normal distribution, to about 1e-15. */
export function normalCdf(z: number): number {
  const tail = gammaTail(0.5, (z * z) / 2) / 2;
  return z > 0 ? 1 - tail : tail;
}

/** P(|Z| ≥ |z|): the two-sided p value of a standard normal z. */
export function normalP(z: number): number {
  return gammaTail(0.5, (z * z) / 2);
}

/** The z with P(Z ≤ z) = p; ±∞ at 1 and 0. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  // Abramowitz and Stegun 26.2.23 to start from, then Newton's method with Halley's correction.
  const t = Math.sqrt(-2 * Math.log(p));
  let z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let i = 0; i < 4; i++) {
    const step = ((normalCdf(z) - p) * Math.sqrt(2 * Math.PI)) / Math.exp((-z * z) / 2);
    z -= step / (1 + (z * step) / 2);
  }
  return z;
}

/** P(X ≥ x) of the chi-square distribution: a test's p value. */
export function chiSquareP(x: number, degrees: number): number {
  return x <= 0 ? 1 : gammaTail(degrees / 2, x / 2);
}

/** P(|T| ≥ |t|) of Student's distribution: a two-sided test's p value. degrees may be fractional or infinite. */
export function studentP(t: number, degrees: number): number {
  if (degrees === Number.POSITIVE_INFINITY) return normalP(t);
  return betaCdf(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The t with P(T ≤ t) = p of Student's distribution. */
export function studentQuantile(p: number, degrees: number): number {
  if (degrees === Number.POSITIVE_INFINITY) return normalQuantile(p);
  if (p === 0.5) return 0;
  const x = betaQuantile(2 * Math.min(p, 1 - p), degrees / 2, 0.5);
  const t = Math.sqrt((degrees * (1 - x)) / x);
  return p < 0.5 ? -t : t;
}

/** P(F ≥ f) of Fisher's distribution: a test's p value. Either number of degrees may be fractional, the second infinite. */
export function fisherP(f: number, degrees1: number, degrees2: number): number {
  if (f <= 0) return 1;
  if (degrees2 === Number.POSITIVE_INFINITY) return chiSquareP(f * degrees1, degrees1);
  return betaCdf(degrees2 / (degrees2 + degrees1 * f), degrees2 / 2, degrees1 / 2);
}

/**
 * P(X ≤ x) of the beta distribution: the regularised incomplete beta function.
 * @source Lentz's continued fraction, Press et al. 2007, Numerical recipes, section 6.4.
 */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  const step = (i: number) => {
    const m = Math.floor(i / 2);
    return i % 2 === 0
      ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
      : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
  };
  return front / (a * continuedFraction(1, (i) => ({ over: step(i), under: 1 })));
}

/** The x with P(X ≤ x) = p of the beta distribution, by bisection to the last digit. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high > low; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** ln Γ(x) for x > 0, by Stirling's series after moving x above 15. */
export function logGamma(x: number): number {
  let [moved, product] = [x, 1];
  while (moved < 15) {
    product *= moved;
    moved += 1;
  }
  const r = 1 / (moved * moved);
  const series =
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))) / moved;
  return (moved - 0.5) * Math.log(moved) - moved + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

/** Q(a, x) = Γ(a, x) / Γ(a), the upper tail: a series for small x, Legendre's continued fraction for large. */
function gammaTail(a: number, x: number): number {
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let i = 1; i < 1000 && Math.abs(term) > 1e-17 * sum; i++) {
      term *= x / (a + i);
      sum += term;
    }
    return 1 - front * sum;
  }
  return front / continuedFraction(x + 1 - a, (i) => ({ over: -i * (i - a), under: x + 2 * i + 1 - a }));
}

/** start + over₁ / (under₁ + over₂ / (under₂ + …)), by the modified method of Lentz. */
function continuedFraction(start: number, term: (i: number) => { over: number; under: number }): number {
  const tiny = 1e-300;
  let value = start === 0 ? tiny : start;
  let c = value;
  let d = 0;
  for (let i = 1; i < 10000; i++) {
    const { over, under } = term(i);
    d = 1 / (under + over * d || tiny);
    c = under + over / c || tiny;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}
