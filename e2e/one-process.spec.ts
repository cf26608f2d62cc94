import { journeys } from './support/journeys.ts';

journeys('one process', ['one-process']);
