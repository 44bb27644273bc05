import type { StopReason, StudyData } from "./study_data.ts";
import type { Trial } from "./trial.ts";

/** The worst first. */
const reasons: readonly StopReason[] = ["failed", "aborted", "early", "exhausted", "budget"];

/** Several studies as the data of one; see {@linkcode Study.merge}. */
export function mergeStudies<A>(studies: readonly StudyData<A>[]): StudyData<A> {
  const [first] = studies;
  if (first === undefined) throw new RangeError("Cannot merge studies: there is none");
  const goals = JSON.stringify(first.goals);
  studies.forEach((study, i) => {
    const fail = (problem: string): never => {
      throw new RangeError(`Cannot merge studies: studies[${i}] ${problem}`);
    };
    if (study.space !== first.space) {
      fail(`is of space ${study.space}, the first of ${first.space}`);
    }
    if (JSON.stringify(study.goals) !== goals) {
      fail(`has the goals ${JSON.stringify(study.goals)}, the first has ${goals}`);
    }
    const same = studies.findIndex(({ seed, strategy }) =>
      seed === study.seed && strategy === study.strategy
    );
    if (same < i) fail(`is studies[${same}] again: ${study.strategy}, seed "${study.seed}"`);
  });
  const trials: Trial<A>[] = [];
  const rejected: Trial<A>[] = [];
  for (const study of studies) {
    const [offset, rejectedOffset] = [next(trials), next(rejected)];
    for (const trial of study.trials) trials.push(moved(trial, offset, offset));
    for (const trial of study.rejected) rejected.push(moved(trial, rejectedOffset, offset));
  }
  const distinct = (texts: readonly string[]) => [...new Set(texts)];
  return {
    space: first.space,
    strategy: distinct(studies.map(({ strategy }) => strategy)).join(" + "),
    seed: distinct(studies.map(({ seed }) => seed)).join(", "),
    goals: first.goals,
    trials,
    rejected,
    stopped: reasons.find((reason) => studies.some(({ stopped }) => stopped === reason))!,
    seconds: studies.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

function next(trials: readonly Trial<unknown>[]): number {
  return (trials.at(-1)?.index ?? -1) + 1;
}

/** A trial with other numbers: its own, and those of the trials that it names. */
function moved<A>(trial: Trial<A>, by: number, othersBy: number): Trial<A> {
  const { parents, repeats } = trial;
  return Object.freeze({
    ...trial,
    index: trial.index + by,
    ...(parents === undefined ? {} : { parents: parents.map((parent) => parent + othersBy) }),
    ...(repeats === undefined ? {} : { repeats: repeats + othersBy }),
  });
}
