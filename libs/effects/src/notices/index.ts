export { deliver, type Delivery, type DeliveryOptions, type Notice } from './deliver.ts';
export { parseDestination, type Destination } from './destination.ts';
export { UnsupportedDestination } from './errors.ts';
