import cliTruncate from 'cli-truncate';
import { harmless, together } from '../output/harmless.ts';
import type { Sink } from '../world.ts';

const redrawMs = 200;
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/** A block of lines that is drawn again in its place, at most every 200 ms and only when it changed. */
export class Screen {
  private drawn: string[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly sink: Sink,
    /** The lines as they are now. */
    private readonly lines: () => string[],
  ) {
    sink.write(hideCursor);
    this.draw();
    this.timer = setInterval(() => this.draw(), redrawMs);
  }

  /** Draws for the last time, in full, and leaves the lines where they are. */
  close(): void {
    clearInterval(this.timer);
    this.replace(this.rows());
    this.sink.write(showCursor);
  }

  private draw(): void {
    const { columns = 80, rows = 24 } = this.sink;
    const lines = this.rows().map((line) => cliTruncate(line, columns - 1));
    // What scrolled out of the window cannot be drawn again: of a long picture the end is shown.
    const fitting = lines.length < rows ? lines : [lines[0] ?? '', ...lines.slice(lines.length - rows + 2)];
    if (fitting.join('\n') !== this.drawn.join('\n')) this.replace(fitting);
  }

  /** A line that has line feeds takes several rows, which have to be counted. */
  private rows(): string[] {
    return this.lines().flatMap((line) => harmless(together(line)).split('\n'));
  }

  private replace(lines: string[]): void {
    const up = this.drawn.length > 0 ? `\u001b[${this.drawn.length}A\r` : '';
    this.sink.write(`${up}\u001b[0J${lines.map((line) => `${line}\n`).join('')}`);
    this.drawn = lines;
  }
}
