interface Asked<Value> {
  readonly key: string;
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const readsAtOnce = 2;
const keysPerRead = 100;

/**
 * Reads by key. What is asked for while two reads are under way is gathered and read together: however many ask, they occupy two
 * connections, and a read costs little more for all of them than for one. Each is read after it was asked for, never before.
 */
export class GatheredReads<Value> {
  readonly #read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
  #waiting: Asked<Value>[] = [];
  #underWay = 0;

  constructor(read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>) {
    this.#read = read;
  }

  get(key: string): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#underWay < readsAtOnce && this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, keysPerRead);
      this.#underWay += 1;
      this.#reply(together)
        .finally(() => {
          this.#underWay -= 1;
          this.#flush();
        })
        .catch((error: unknown) => together.forEach(({ reject }) => reject(error)));
    }
  }

  async #reply(together: readonly Asked<Value>[]): Promise<void> {
    try {
      const found = await this.#read([...new Set(together.map(({ key }) => key))]);
      for (const { key, resolve } of together) resolve(found.get(key));
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
}
