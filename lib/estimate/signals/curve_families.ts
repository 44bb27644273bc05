/** What is believed of a parameter before any accuracy is seen: a normal distribution. */
export interface CurveParameter {
  /** Its name in the formula; `"ln a"` where the formula's `a` must be positive. */
  readonly name: string;
  /** Where it is expected. */
  readonly mean: number;
  /** How far from there it may well be. */
  readonly deviation: number;
}

/** Curves of one shape. */
export interface CurveFamily {
  /** Names it. */
  readonly name: CurveFamilyName;
  /** Its parameters. */
  readonly parameters: readonly CurveParameter[];
  /** The accuracy after so many epochs, with parameters in this order. */
  readonly at: (epoch: number, parameters: ArrayLike<number>) => number;
}

/** The names of the families of curves that {@linkcode extrapolateCurve} knows. */
export type CurveFamilyName =
  | "power law"
  | "exponential"
  | "Weibull"
  | "Hill"
  | "Morgan-Mercer-Flodin"
  | "inverse logarithm"
  | "vapour pressure"
  | "log log linear";

const parameter = (name: string, mean: number, deviation: number): CurveParameter => ({
  name,
  mean,
  deviation,
});

/** Where an accuracy ends, and how far below that it begins. */
const end = parameter("c", 0.8, 0.3);
const rise = parameter("ln a", -0.7, 1);

/** The families, all of which rise where their parameters are positive. */
export const curveFamilies: readonly CurveFamily[] = [
  {
    name: "power law", // c - a x^-k
    parameters: [end, rise, parameter("ln k", -0.5, 0.7)],
    at: (x, p) => p[0]! - Math.exp(p[1]! - Math.exp(p[2]!) * Math.log(x)),
  },
  {
    name: "exponential", // c - a e^(-k x)
    parameters: [end, rise, parameter("ln k", -1, 1)],
    at: (x, p) => p[0]! - Math.exp(p[1]! - Math.exp(p[2]!) * x),
  },
  {
    name: "Weibull", // c - a e^(-(k x)^d)
    parameters: [end, rise, parameter("ln k", -1, 1), parameter("ln d", -0.3, 0.4)],
    at: (x, p) => p[0]! - Math.exp(p[1]! - Math.exp(Math.exp(p[3]!) * (p[2]! + Math.log(x)))),
  },
  {
    name: "Hill", // c x^d / (k^d + x^d)
    parameters: [end, parameter("ln k", -0.5, 1), parameter("ln d", -0.3, 0.5)],
    at: (x, p) => p[0]! / (1 + Math.exp(Math.exp(p[2]!) * (p[1]! - Math.log(x)))),
  },
  {
    name: "Morgan-Mercer-Flodin", // c - a / (1 + (k x)^d)
    parameters: [end, rise, parameter("ln k", -1, 1), parameter("ln d", 0, 0.4)],
    at: (x, p) => p[0]! - Math.exp(p[1]!) / (1 + Math.exp(Math.exp(p[3]!) * (p[2]! + Math.log(x)))),
  },
  {
    name: "inverse logarithm", // c - a / ln(x + 1)
    parameters: [end, parameter("ln a", -1.5, 1)],
    at: (x, p) => p[0]! - Math.exp(p[1]!) / Math.log(x + 1),
  },
  {
    name: "vapour pressure", // e^(a + b / x + d ln x)
    parameters: [parameter("a", -0.4, 0.4), parameter("b", -0.5, 0.5), parameter("d", 0.05, 0.1)],
    at: (x, p) => Math.exp(p[0]! + p[1]! / x + p[2]! * Math.log(x)),
  },
  {
    name: "log log linear", // ln(a ln x + b)
    parameters: [parameter("ln a", -1.5, 1), parameter("ln b", 0.5, 0.3)],
    at: (x, p) => Math.log(Math.exp(p[0]!) * Math.log(x) + Math.exp(p[1]!)),
  },
];
