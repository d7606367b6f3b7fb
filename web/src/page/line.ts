/** Who asks the worker next: one job at a time, what a person waits for before what only waits its turn. */

type Job = () => Promise<void>;

export class Line {
  private readonly urgent: Job[] = [];
  private readonly patient: Job[] = [];
  private busy = false;

  /** Runs `job` when its turn comes. Urgent jobs go before patient ones, in the order in which they came. */
  run<T>(job: () => Promise<T>, urgent = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      (urgent ? this.urgent : this.patient).push(() => job().then(resolve, reject));
      void this.work();
    });
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let job = this.take(); job; job = this.take()) await job();
    this.busy = false;
  }

  private take(): Job | undefined {
    return this.urgent.shift() ?? this.patient.shift();
  }
}
