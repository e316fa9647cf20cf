//! The notification intake on Lambda, behind a function URL.

mod function_url;

use std::convert::Infallible;
use std::process::ExitCode;

use function_url::Door;
use lambda_host::serve;
use lambda_http::service_fn;
use sync_core::io::SystemClock;
use sync_core::ports::Clock;

fn main() -> ExitCode {
    serve(Door::new, async |door, _, metrics| {
        let (door, metrics) = (&door, &metrics);
        let answer = service_fn(|request| async move {
            let answer = match door {
                Ok(door) => door.answer(&request).await,
                Err(_) => Door::closed(),
            };
            metrics.flush(SystemClock.now());
            Ok::<_, Infallible>(answer)
        });
        lambda_http::run(answer).await
    })
}
