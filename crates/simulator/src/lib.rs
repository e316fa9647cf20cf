//! Microsoft Graph and ZenQMS on one machine.
