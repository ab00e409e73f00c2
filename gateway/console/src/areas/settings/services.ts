/** The services of the platform as the paths of the API name them. */
export const SERVICES = ["leads", "customers", "sales", "service-desk", "marketing", "reporting", "identity"];
