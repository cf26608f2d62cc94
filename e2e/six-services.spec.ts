import { journeys } from './support/journeys.ts';
import { services } from './support/platform.ts';

journeys('six services apart', services);
