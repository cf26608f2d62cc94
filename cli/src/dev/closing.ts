/** What has to be undone at the end, the latest first, however the end comes. */
export class Closing {
  private readonly acts: (() => unknown)[] = [];

  later(act: () => unknown): void {
    this.acts.push(act);
  }

  /** Does every act, also after one that failed. @throws AggregateError of all failures */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let act = this.acts.pop(); act; act = this.acts.pop()) {
      try {
        await act();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '));
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
