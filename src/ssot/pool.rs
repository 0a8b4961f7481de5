use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

/// Maps over items on up to `jobs` threads, and keeps their order. For work that waits for others;
/// what computes belongs on the run's own threads.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    map: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if items.len() <= 1 || jobs <= 1 {
        return items.iter().map(map).collect();
    }
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = map(item);
                    results.lock().push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner();
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..100).collect();
        assert_eq!(
            in_parallel(&items, 7, |n| n * 2),
            (0..100).map(|n| n * 2).collect::<Vec<_>>()
        );
        assert_eq!(in_parallel(&[] as &[u32], 7, |n| *n), Vec::<u32>::new());
    }
}
